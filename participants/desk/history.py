"""A participant's history: their part of the audit trail, in sentences.

It follows the participant: whoever works at the site where they are now reads all of it, also what
was done at an earlier site.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime

from participants.correcting.services.reading import value_in_words
from participants.correcting.services.screening import PREFIX
from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import VisitDefinition
from studies.protocol.services.rights import may, require
from studies.record.models import AuditEvent, Legible, open_all
from studies.record.wording import Difference, action_in_words, differences

# What was done, as it follows a name.
DONE = {
    "allocation.annotate": "wrote down that the allocation was a mistake",
    "allocation.give": "gave the participant an arm",
    "allocation.randomise": "randomised the participant",
    "allocation.unblind": "unblinded the participant in an emergency",
    "allocation.unblind_refused": "was not let unblind the participant: a wrong password",
    "consent.change_choices": "changed what was agreed to",
    "consent.give": "recorded the consent",
    "consent.supersede": "replaced the consent by a newer one",
    "consent.view_copy": "opened the copy of the consent",
    "data_request.ask": "asked for something about the data",
    "data_request.carry_out": "carried out a request about the data",
    "data_request.carry_out_now": "had a request about the data carried out at once",
    "data_request.give_copy": "gave a copy of the data",
    "data_request.refuse_copy": "refused a copy of the data",
    "data_request.retry": "started a request about the data again",
    "data_request.take_back": "took back a request about the data",
    "device.allow": "let a phone send photos",
    "device.revoke": "stopped a phone from sending photos",
    "identity.correct": "corrected the name or contact",
    "identity.record": "recorded the name and contact",
    "identity.view": "looked at the name and contact",
    "invitation.issue": "made a personal link",
    "invitation.revoke": "stopped a personal link",
    "invitation.use": "opened the personal link",
    "message.ask": "asked for a message to be sent now",
    "message.retry": "started a message again",
    "message.send": "sent a message",
    "message.unknown": "does not know whether a message arrived",
    "note.add": "wrote a note",
    "note.strike": "struck a note through",
    "participant.choose_language": "chose another language",
    "participant.arrive": "brought the participant to the new site",
    "participant.complete": "marked taking part as completed",
    "participant.correct": "corrected what is known of the participant",
    "participant.correct_day_0": "corrected day 0",
    "participant.correct_screening": "corrected the screening",
    "participant.enrol": "enrolled the participant",
    "participant.erase": "erased the participant's data",
    "participant.lock": "locked the participant's data",
    "participant.begin_consent": "asked the participant for the consent",
    "participant.fail_screening": "ended the screening",
    "participant.pre_screen": "pre-screened the participant",
    "participant.screen": "screened the participant",
    "participant.screen_again": "began another screening",
    "participant.take_copy": "took a copy of the data",
    "participant.transfer": "transferred the participant to another site",
    "participant.undo_completion": "undid the completion",
    "participant.undo_withdrawal": "took back a withdrawal that was a clerical error",
    "participant.withdraw": "recorded that the participant withdrew",
    "photo_note.add": "noted something on a photo",
    "photo_note.strike": "struck a note on a photo through",
    "photo.accept": "accepted a photo",
    "photo.ask_retake": "asked for a photo again",
    "photo.confirm": "confirmed a photo",
    "photo.erase": "erased a photo with all that was made from it",
    "photo.exclude": "excluded a photo",
    "photo.hold": "held a photo for a person to look at",
    "photo.keep_out": "left out a photo whose stored file or row is not what was stored",
    "photo.let_in": "took a photo in again",
    "photo.list": "looked at photos",
    "photo.move_away": "gave a photo to the participant whose it is",
    "photo.move_here": "brought a photo here from another participant",
    "photo.receive": "stored a photo",
    "photo.remake": "made a photo's picture anew from its original",
    "photo.replace": "replaced a photo by a newer one",
    "photo.retake_wanted": "found a photo not good enough",
    "photo.review": "looked at a photo in the review",
    "photo.take_back": "accepted again a photo that had been turned down",
    "photo.view": "looked at a photo",
    "push.subscribe": "turned notifications on",
    "push.unsubscribe": "turned notifications off",
    "query.answer": "answered a query",
    "query.close": "closed a query",
    "query.raise": "raised a query",
    "query.reopen": "reopened a query",
    "reading.view": "was shown a photo to grade it blind",
    "record.forget": "destroyed the key to what the audit trail told",
    "reminders.choose": "chose how reminders come",
    "row.keep_out": "left out a row that is not what the audit trail told",
    "row.let_in": "found a row as the audit trail told",
    "row.release": "took a row as it is",
    "run.score": "scored a photo",
    "source.take_back": "took back that data agree with the source",
    "source.verify": "found data to agree with the source",
    "visit.amend": "brought the visits in line with a new version of the protocol",
    "visit.arrange": "arranged an unscheduled visit",
    "visit.begin": "began a visit",
    "visit.cancel": "cancelled a visit",
    "visit.correct_day": "corrected the day of a visit",
    "visit.complete": "completed a visit",
    "visit.miss": "noted a visit as missed",
    "visit.open": "opened a visit",
    "visit.plan": "planned the visits",
    "visit.redate": "moved the visits",
    "visit.reschedule": "moved a visit to another day",
    "visit.schedule_again": "put a visit back into the schedule",
}
# What can be chosen to be shown: the name → what the actions begin with.
KINDS = {
    "corrections": (
        "Corrections",
        (
            "participant.correct",
            "identity.correct",
            "participant.undo_completion",
            "participant.undo_withdrawal",
            "photo.move_",
            "visit.reschedule",
            "visit.redate",
            "visit.schedule_again",
        ),
    ),
    "states": ("Enrolment and states", ("participant.",)),
    "visits": ("Visits", ("visit.",)),
    "notes": ("Notes", ("note.",)),
    "queries": ("Queries", ("query.",)),
    "photos": ("Photos", ("photo.", "run.")),
    "consent": ("Consent", ("consent.",)),
    "contact": ("Contact, links and phones", ("identity.", "invitation.", "device.", "push.")),
    "messages": ("Messages and reminders", ("message", "reminders.")),
    "verification": ("Source verification", ("source.",)),
    "data": ("Requests about data", ("data_request.", "record.")),
}


@dataclass(frozen=True)
class Entry:
    """One event as a sentence, with what was before and after where that may be read."""

    event: AuditEvent
    sentence: str
    differences: list[Difference]
    reason: str
    gone: bool


def events_about(*, participant: Participant, by: User) -> QuerySet[AuditEvent]:
    """The events about ``participant``, whichever site they were at.

    Raises:
        NotAllowed: ``by`` may not read histories at the site where they are now.
    """
    study = participant.study
    require(by, Permission.HISTORY_VIEW, study=study, site=participant.site)
    return AuditEvent.objects.filter(
        chain=study.code, study_code=study.code, participant_code=participant.code
    )


def entries(events: Iterable[AuditEvent], *, participant: Participant, by: User) -> Iterator[Entry]:
    """Each event in words; values and reasons for those who may read identities there."""
    study, site = participant.study, participant.site
    opened = may(by, Permission.IDENTITY_VIEW, study=study, site=site)
    definitions = VisitDefinition.every.filter(study=study).order_by("first_version")
    visits = dict(definitions.values_list("code", "name"))
    for event in open_all(events):
        contents = event.contents
        yield Entry(
            event,
            _sentence(event, participant),
            list(_in_words(event, visits)) if opened else [],
            contents.reason if opened else "",
            contents.legible == Legible.FORGOTTEN,
        )


def _sentence(event: AuditEvent, participant: Participant) -> str:
    who = {"participant": "The participant", "system": "The system"}.get(
        event.actor_kind, event.actor_label.partition(" <")[0]
    )
    done = DONE.get(event.action)
    return f"{who} {done}." if done else f"{who}: {action_in_words(event.action)}."


def _in_words(event: AuditEvent, visits: Mapping[str, str]) -> Iterator[Difference]:
    """Names and values as the pages have them; what says nothing to a person is left out."""
    for difference in differences(event):
        field = difference.name.replace(" ", "_")
        old, new = _value(field, difference.old, visits), _value(field, difference.new, visits)
        if field.endswith("sha256") or not (old or new) or {old, new} <= {None, "nothing"}:
            continue
        yield Difference(_name(field, visits), old, new)


def _name(field: str, visits: Mapping[str, str]) -> str:
    if field.startswith(PREFIX):
        return f"answer to {field.removeprefix(PREFIX)}"
    if field == "enrolled_on":
        return "day 0"
    return visits.get(field) or visits.get(field.replace("_", "-")) or field.replace("_", " ")


def _value(field: str, shown: str | None, visits: Mapping[str, str]) -> str | None:
    if shown is None:
        return None
    if field in ("fitzpatrick", "monk_tone", "sex", "ethnicity", "language"):
        return value_in_words(field, "" if shown == "nothing" else shown)
    if field == "visit":
        return visits.get(shown, shown)
    with suppress(ValueError):
        return date_format(date.fromisoformat(shown), "j M Y")
    with suppress(ValueError):
        return date_format(localtime(datetime.fromisoformat(shown)), "j M Y, H:i")
    return shown
