"""The mail that tells people how many queries wait for them: numbers and a link, no data."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from participants.queries.models import (
    WAITING,
    Query,
    QueryDigest,
    QueryEntry,
    QueryQuerySet,
)
from studies.access.models import Membership, User, scope
from studies.access.permissions import Permission, roles_with
from studies.platform.actors import Actor
from studies.platform.work import Claim, notify_on_commit
from studies.protocol.models import Site, Study

SENT_AT = time(7, 0)  # where the study is
AGAIN = timedelta(days=7)  # while something waits and nothing is new


def plan_digests(query: Query, *, by: Actor) -> None:
    """Have those told tomorrow morning for whom ``query`` waits now; in the act's transaction."""
    site = query.participant.site
    for person in _waited_for(query, site):
        if not (isinstance(by, User) and by.pk == person.pk):
            _plan(site.study, person, _next_morning(site.study))


def send_digest(claim: Claim[QueryDigest]) -> None:
    """Send one person their numbers, if they want them and there is anything new, or a week passed.

    Who wants none is asked again a week later, so that a change of mind needs no further query.

    The work of ``studies.platform.work.perform``; sent twice at worst, never not at all.
    """
    row = QueryDigest.objects.select_related("study", "recipient").get(pk=claim.row.pk)
    waiting = waits_for(row.recipient, row.study)
    there = bool(sum(waiting.values())) and row.recipient.is_active
    unwanted = there and not row.recipient.query_digests
    sent = there and not unwanted and _is_news(row)
    if sent:
        subject, body = _words(row.study, waiting)
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [row.recipient.email])
    with claim.completing():
        if sent:
            QueryDigest.objects.filter(pk=row.pk).update(sent_at=timezone.now())
        if sent or unwanted:
            _plan(row.study, row.recipient, row.day + AGAIN)


def waiting_for(user: User, study: Study) -> QueryQuerySet:
    """The queries that wait for ``user``: to answer, or answered and to close or reopen."""
    where = {"study": "participant__study", "site": "participant__site"}
    answers = Q(state__in=WAITING) & scope(user, Permission.QUERY_ANSWER, **where)
    settles = scope(user, Permission.QUERY_CLOSE, **where) | Q(raised_by=user)
    mine = answers | Q(state=Query.State.ANSWERED) & settles
    return Query.objects.visible_to(user).filter(participant__study=study).filter(mine)


def waits_for(user: User, study: Study) -> dict[str, int]:
    """How many queries wait for ``user``: to answer, of those overdue, and to look at."""
    rows = list(waiting_for(user, study).select_related("participant__site", "participant__study"))
    to_answer = [row for row in rows if row.waits]
    return {
        "answer": len(to_answer),
        "overdue": sum(row.overdue for row in to_answer),
        "settle": len(rows) - len(to_answer),
    }


def _waited_for(query: Query, site: Site) -> list[User]:
    """Who is to do something about ``query``: the site's people, or who may close it."""
    if query.state == Query.State.CLOSED:
        return []
    right = Permission.QUERY_ANSWER if query.waits else Permission.QUERY_CLOSE
    here = Membership.objects.awake().filter(Q(site=site) | Q(site=None), study=site.study_id)
    holders = Q(pk__in=here.filter(role__in=roles_with(right)).values("user"))
    if not query.waits and query.raised_by_id:
        holders |= Q(pk=query.raised_by_id)
    return list(User.objects.filter(holders, is_active=True).order_by("pk"))


def _plan(study: Study, person: User, day: date) -> None:
    row, new = QueryDigest.objects.get_or_create(
        study=study,
        recipient=person,
        day=day,
        defaults={"due_at": datetime.combine(day, SENT_AT, tzinfo=study.zone)},
    )
    if new:
        notify_on_commit(row)


def _next_morning(study: Study) -> date:
    now = timezone.now().astimezone(study.zone)
    return now.date() if now.time() < SENT_AT else now.date() + timedelta(days=1)


def _is_news(row: QueryDigest) -> bool:
    """Whether something happened since the last mail, or it is a week ago."""
    earlier = QueryDigest.objects.filter(
        study=row.study, recipient=row.recipient, sent_at__isnull=False
    )
    last = earlier.order_by("-sent_at").values_list("sent_at", flat=True).first()
    if last is None or last <= timezone.now() - AGAIN + timedelta(hours=12):
        return True
    seen = Query.objects.visible_to(row.recipient).filter(participant__study=row.study)
    since = QueryEntry.objects.filter(query__in=seen.values("pk"), at__gt=last)
    return since.exclude(by=row.recipient).exclude(act=QueryEntry.Act.CLOSED).exists()


def _words(study: Study, waiting: dict[str, int]) -> tuple[str, str]:
    url = settings.SITE_URL + reverse("participants:queries", args=[study.code])
    choose_url = settings.SITE_URL + reverse("studies:mails")
    context = {"study": study, "waiting": waiting, "url": url, "choose_url": choose_url}
    body = render_to_string("participants/queries/email/digest.txt", context)
    return f"{study.code}: queries wait for you", body
