"""The mail to a study's managers that somebody was unblinded: the code, by whom, when. No arm."""

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from participants.allocation.models import Unblinding, UnblindingNotice
from studies.access.models import Membership, User
from studies.access.permissions import Role
from studies.platform.work import Claim, notify_on_commit


def send_unblinding_notice(claim: Claim[UnblindingNotice]) -> None:
    """Send the mail to its recipient; without one, make a notice for each manager.

    The work of ``studies.platform.work.perform``; sent twice at worst, never not at all.
    """
    related = "unblinding__participant__study", "unblinding__by", "recipient"
    notice = UnblindingNotice.objects.select_related(*related).get(pk=claim.row.pk)
    recipient = notice.recipient
    if recipient is not None and recipient in managers_of(notice.unblinding):
        subject, body = _words(notice.unblinding)
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [recipient.email])
    with claim.completing():
        if recipient is None:
            for person in managers_of(notice.unblinding):
                made, new = UnblindingNotice.objects.get_or_create(
                    unblinding=notice.unblinding, recipient=person
                )
                if new:
                    notify_on_commit(made)


def managers_of(unblinding: Unblinding) -> list[User]:
    """The managers of the participant's study, at all sites or at theirs."""
    site = unblinding.participant.site
    roles = Membership.objects.current().filter(
        Q(site=site) | Q(site=None), study=site.study_id, role=Role.MANAGER
    )
    people = User.objects.filter(pk__in=roles.values("user"), is_active=True)
    return list(people.order_by("pk"))


def _words(unblinding: Unblinding) -> tuple[str, str]:
    participant = unblinding.participant
    where = [participant.study.code, participant.code]
    context = {
        "unblinding": unblinding,
        "participant": participant,
        "study": participant.study,
        "zone": participant.study.time_zone,
        "url": settings.SITE_URL + reverse("participants:detail", args=where),
    }
    body = render_to_string("participants/allocation/email/unblinded.txt", context)
    return f"{participant.code}: unblinded in an emergency", body
