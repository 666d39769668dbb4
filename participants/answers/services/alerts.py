"""Alerts that answers raise by the rules of the protocol: told at once, until acknowledged."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from participants.answers.errors import AnswersFixed
from participants.answers.models import (
    COUNTED,
    LONGEST_NOTE,
    Alert,
    AlertNotice,
    Revision,
    Submission,
)
from participants.answers.services.filled import Filled
from participants.people.models import Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from studies.access.models import Membership, User
from studies.access.permissions import Permission, Role
from studies.assignments.alerts import Raised, raised_by
from studies.assignments.models import AlertRule, Assignment
from studies.instruments.models import InstrumentVersion
from studies.platform.actors import Actor
from studies.platform.errors import invalid
from studies.platform.seen import Seen
from studies.platform.work import Claim, notify_on_commit
from studies.protocol.services.rights import require
from studies.record.unchanged import require_unchanged


def rules_fulfilled(
    assignment: Assignment, version: InstrumentVersion, filled: Filled
) -> list[Raised]:
    """The rules in force that ``filled`` fulfils; before the transaction, the engine takes time.

    Raises:
        EngineFailed: nothing was decided; the answers may be sent again.
    """
    rules = list(AlertRule.objects.in_force().filter(assignment=assignment))
    if not rules:
        return []
    return raised_by(rules, version, filled.xml, at=filled.finished_at, zone=filled.zone)


def note_alerts(revision: Revision, raised: Sequence[Raised], *, by: Actor) -> None:
    """Raise an alert for each rule that is fulfilled; tell those it names.

    A correction that no longer fulfils a rule leaves the alert to be acknowledged, and says so;
    one that fulfils it once more raises it anew. What is struck through raises none.

    For services that have checked rights; in the transaction that changed the form.
    """
    row, now = revision.submission, timezone.now()
    there = {alert.rule_id: alert for alert in row.alerts.select_for_update()}
    if row.state not in COUNTED:
        row.alerts.filter(over_at=None).update(over_at=now)
        return
    fulfilled = {one.rule.pk for one in raised}
    for alert in there.values():
        if alert.rule_id not in fulfilled and alert.corrected_at is None:
            Alert.objects.filter(pk=alert.pk).update(corrected_at=now)
    for one in raised:
        before = there.get(one.rule.pk)
        if before is None or before.corrected_at is not None:
            _raise(revision, one, before, by=by)


def _raise(revision: Revision, raised: Raised, before: Alert | None, *, by: Actor) -> None:
    row = revision.submission
    alert, _new = Alert.objects.update_or_create(
        rule=raised.rule,
        submission=row,
        defaults={
            "revision": revision.number,
            "words": raised.rule.words,
            "sure": raised.sure,
            "raised_at": timezone.now(),
            "corrected_at": None,
            "acknowledged_at": None,
            "acknowledged_by": None,
            "note": "",
        },
    )
    notice, new = AlertNotice.objects.get_or_create(
        alert=alert, revision=revision.number, recipient=None
    )
    if new:
        notify_on_commit(notice)
    _record(alert, "alert.raise", by=by)


def shown_alert(alert: Alert) -> dict[str, Any]:
    """What a page about an alert shows, and a correction or somebody else may change."""
    moments = (alert.corrected_at, alert.over_at, alert.acknowledged_at)
    said = [moment.isoformat() if moment else "" for moment in moments]
    return {"revision": alert.revision, "standing": said}


@transaction.atomic
def acknowledge_alert(*, alert: Alert, note: str, by: Actor, seen: Seen | None = None) -> Alert:
    """Say what was done about an alert; it waits no longer.

    Raises:
        ChangedMeanwhile: the answers were corrected after the page was opened.
        AnswersFixed: somebody acknowledged it before, or its answers were struck through.
        Invalid: no words, too many, or they name the participant.
        NotAllowed: ``by`` may not acknowledge alerts at the participant's site.
    """
    participant = alert.submission.participant
    require(by, Permission.ALERT_ACKNOWLEDGE, study=participant.study, site=participant.site)
    note = _tidy(note, participant)
    row = Alert.objects.select_for_update().get(pk=alert.pk)
    if row.acknowledged_at is not None or row.over_at is not None:
        raise AnswersFixed(
            "This alert was acknowledged by somebody else, or its answers were struck through. "
            "Nothing was changed; go back to see how it stands."
        )
    require_unchanged(
        seen,
        shown_alert(row),
        study=participant.study.code,
        actions=["answers.correct", "alert.raise"],
        target=row,
        participant=participant.code,
    )
    now, who = timezone.now(), int(by.actor_id)
    Alert.objects.filter(pk=row.pk).update(acknowledged_at=now, acknowledged_by=who, note=note)
    alert.refresh_from_db(fields=["acknowledged_at", "acknowledged_by", "note"])
    _record(alert, "alert.acknowledge", by=by, reason=note)
    return alert


def _tidy(note: str, participant: Participant) -> str:
    note = " ".join(note.split())
    problem = ""
    if not note:
        problem = "Say in a few words what was done."
    elif len(note) > LONGEST_NOTE:
        problem = f"Say it in at most {LONGEST_NOTE} characters."
    if problem:
        raise invalid(problem, {"note": problem})
    identity.refuse_names_in(note, participant=participant, field="note")
    return note


def waiting_alerts(participant: Participant) -> list[Alert]:
    """The alerts of ``participant`` that nobody has acknowledged."""
    open_data = participant.data_use == Participant.DataUse.FULL
    rows = Alert.objects.waiting().filter(submission__participant=participant)
    return list(rows.select_related(*SHOWN)) if open_data else []


def alerts_of(submission: Submission) -> list[Alert]:
    """Every alert that the answers of one form raised."""
    return list(submission.alerts.select_related(*SHOWN, "acknowledged_by"))


SHOWN = ("submission__assignment__instrument", "submission__visit__definition")


# --- The mail ----------------------------------------------------------------------------------


def send_notice(claim: Claim[AlertNotice]) -> None:
    """Send the mail to its recipient; without one, make a notice for each who is to be told.

    The work of ``studies.platform.work.perform``. A worker that dies between sending and writing
    that down sends it again: read twice is better than never.
    """
    related = "alert__submission__participant__study", "alert__submission__participant__site"
    rows = AlertNotice.objects.select_related(*related, "alert__rule", "recipient")
    notice = rows.get(pk=claim.row.pk)
    participant, recipient = notice.alert.submission.participant, notice.recipient
    told = told_of(participant, notice.alert.rule)
    if recipient is not None and recipient in told:
        subject = f"{participant.code}: an answer needs to be looked at"
        send_mail(subject, _words(notice.alert), settings.DEFAULT_FROM_EMAIL, [recipient.email])
    with claim.completing():
        if recipient is None:
            for person in told:
                made, new = AlertNotice.objects.get_or_create(
                    alert=notice.alert, revision=notice.revision, recipient=person
                )
                if new:
                    notify_on_commit(made)


def told_of(participant: Participant, rule: AlertRule) -> list[User]:
    """Those whom ``rule`` names at the participant's site; where nobody is, the managers."""
    for roles in (rule.told, [Role.MANAGER]):
        site = participant.site
        here = Membership.objects.awake().filter(Q(site=site) | Q(site=None), study=site.study_id)
        holders = here.filter(role__in=roles).values("user")
        if people := list(User.objects.filter(pk__in=holders, is_active=True).order_by("pk")):
            return people
    return []


def _words(alert: Alert) -> str:
    row = alert.submission
    participant = row.participant
    who = [participant.study.code, participant.code]
    path = reverse("participants:questionnaire", args=[*who, row.assignment.code, row.place])
    context = {
        "participant": participant,
        "study": participant.study,
        "url": settings.SITE_URL + path,
    }
    return render_to_string("participants/answers/email/alert.txt", context)


def _record(alert: Alert, action: str, *, by: Actor, reason: str = "") -> None:
    """What the audit trail says: which rule of which form, never an answer."""
    row = alert.submission
    new = {"questionnaire": row.assignment.code, "place": row.place}
    new |= {"rule": alert.rule.code, "revision": str(alert.revision)}
    record_about(row.participant, action, by=by, target=alert, new=new, reason=reason)
