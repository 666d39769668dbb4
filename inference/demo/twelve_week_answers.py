"""Questionnaires in the study of twelve weeks: asked, answered, two adverse events, an alert.

The words of the questionnaire are this study's own; it belongs to nobody.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.utils import timezone

from inference.demo import twelve_weeks as story
from inference.demo.actions import Act, coordinator, named
from inference.demo.twelve_weeks import Person
from participants.answers.models import Revision, Submission
from participants.answers.services.entering import filled_from, shown_form
from participants.answers.services.slots import Slot, find_slot, next_slot
from participants.answers.services.submitting import submit
from participants.people.models import Participant
from studies.access.models import Membership, User
from studies.assignments import services as assignments
from studies.assignments.models import Assignment
from studies.instruments.definition import Choice, Definition, Item
from studies.instruments.reading.writing import workbook_of
from studies.instruments.services import import_file, import_shipped, publish_version
from studies.platform.actors import Actor
from studies.protocol.models import Study

ENGLISH, INDONESIAN = "English (en)", "Bahasa Indonesia (id)"
WHY: Final = "As the protocol plans it"


def _words(english: str, indonesian: str) -> dict[str, str]:
    return {ENGLISH: english, INDONESIAN: indonesian}


FORM: Final = Definition(
    form_id="skin_now",
    title="Your skin this week",
    version="1",
    languages=[ENGLISH, INDONESIAN],
    default_language=ENGLISH,
    items=[
        Item(
            name="itch",
            type="range",
            labels=_words(
                "How strong was the itch at its worst, this week?",
                "Seberapa kuat rasa gatal paling parah minggu ini?",
            ),
            hints=_words(
                "0 is no itch, 10 the worst you can imagine.",
                "0 berarti tidak gatal, 10 yang terparah yang dapat dibayangkan.",
            ),
            parameters={"start": "0", "end": "10", "step": "1"},
            required="true()",
        ),
        Item(
            name="sleep",
            type="select_one",
            choices="nights",
            labels=_words(
                "On how many nights did your skin wake you?",
                "Berapa malam kulit Anda membuat Anda terbangun?",
            ),
            relevant="${itch} > 0",
            required="true()",
        ),
        Item(
            name="cream",
            type="select_one",
            choices="uses",
            labels=_words(
                "How often did you use the moisturiser?", "Seberapa sering Anda memakai pelembap?"
            ),
            required="true()",
        ),
        Item(
            name="said",
            type="text",
            appearance="multiline",
            labels=_words(
                "Would you like to tell us anything else?",
                "Adakah hal lain yang ingin Anda sampaikan?",
            ),
        ),
    ],
    lists={
        "nights": [
            Choice(name="0", labels=_words("None", "Tidak pernah")),
            Choice(name="1", labels=_words("1 or 2", "1 atau 2")),
            Choice(name="3", labels=_words("3 or more", "3 atau lebih")),
        ],
        "uses": [
            Choice(name="twice", labels=_words("Twice a day", "Dua kali sehari")),
            Choice(name="less", labels=_words("Less often", "Lebih jarang")),
            Choice(name="not", labels=_words("Not at all", "Tidak sama sekali")),
        ],
    },
)

# Who left a form out, who answered what raises the alert.
LEFT_OUT: Final = ((3, "week-4"),)
STRONG: Final = (story.CORRECTED, "baseline")
DAYS: Final = {"baseline": 0, "week-2": 14, "week-4": 28, "week-8": 56}
NOT_SERIOUS: Final = {
    f"grading/{name}": "no" for name in ("death", "threat", "disability", "birth", "important")
}


def prepare(study: Study) -> str:
    """Publish the forms, ask them, and set the alert; by the manager."""
    if Assignment.objects.filter(study=study, code="skin").exists():
        return ""
    by = _manager(study)
    [skin] = import_file(study=study, name="skin_now.xlsx", data=workbook_of(FORM), by=by)
    event = import_shipped(study=study, code="adverse_event", by=by)
    for draft in (skin, event):
        publish_version(version=draft, by=by)
    visits = [visit.code for visit in study.visit_definitions.all() if not visit.unscheduled]
    asked = assignments.assign(
        study=study,
        instrument=skin.instrument,
        code="skin",
        visits=visits,
        assigned_at=timezone.now(),
        by=by,
        reason=WHY,
    )
    assignments.assign(
        study=study,
        instrument=event.instrument,
        code="adverse-events",
        timing="as_needed",
        filled_by="staff",
        role="adverse_event",
        position=2,
        by=by,
        reason=WHY,
    )
    assignments.add_alert_rule(
        assignment=asked,
        code="strong-itch",
        expression="${itch} >= 9",
        words="Very strong itch: please call today",
        told=["coordinator"],
        by=by,
        reason=WHY,
    )
    return f"{study.code}: questionnaires published and asked"


def _manager(study: Study) -> User:
    return Membership.objects.current().get(study=study, role="manager").user


def answer(who: Person, code: str) -> str:
    """What a participant answered on the phone, after the photos of that visit."""
    participant = _participant(who)
    strong = (who.number, code) == STRONG
    itch = 9 if strong else round(7 * who.severities(DAYS[code])["dermatitis"])
    values = {
        "itch": str(itch),
        "sleep": "3" if strong else "1" if itch > 3 else "0",
        "cream": "less" if who.number % 3 == 2 else "twice",
        "said": "I can hardly sleep since Sunday." if strong else "",
    }
    slot = find_slot(participant, _asked(participant, "skin"), code)
    done = _send(slot, values, named(story.STUDY, "answers", who.number, code), by=participant)
    return f"{participant.code} answered {code}" if done else ""


def adverse_event(who: Person, values: Mapping[str, str]) -> str:
    """What a coordinator entered about a participant."""
    participant = _participant(who)
    request = named(story.STUDY, "event", who.number)
    slot = next_slot(participant, _asked(participant, "adverse-events"))
    done = _send(slot, values, request, by=coordinator(participant.site))
    return f"{participant.code}: an adverse event" if done else ""


def _participant(who: Person) -> Participant:
    return Participant.objects.select_related("study", "site").get(
        request_id=named(story.STUDY, "person", who.number)
    )


def _asked(participant: Participant, code: str) -> Assignment:
    rows = Assignment.objects.select_related("instrument")
    return rows.get(study=participant.study, code=code)


def _send(slot: Slot, values: Mapping[str, str], request: UUID, *, by: Actor) -> bool:
    """Fill the form in as a page does, and submit it once; whether it was not there before."""
    state = slot.submission.state if slot.submission else Submission.State.DRAFT
    if Revision.objects.filter(request_id=request).exists() or state != Submission.State.DRAFT:
        return False
    at = timezone.now().astimezone(slot.participant.zone)
    paths = {f"/data/{name}": value for name, value in values.items() if value}
    shown = shown_form(
        slot, paths, [], language=slot.version.form.default_language, told=True, at=at
    )
    filled = filled_from(slot, shown, request_id=request, at=at)
    place = "" if slot.assignment.timing == Assignment.Timing.AS_NEEDED else slot.place
    submit(
        participant=slot.participant, assignment=slot.assignment, place=place, filled=filled, by=by
    )
    return True


# --- By day ------------------------------------------------------------------------------------


def answer_acts(study: Study) -> Iterator[Act]:
    """The forms of the study, what was answered, and the two adverse events."""
    now = timezone.now()
    yield Act(now - timedelta(days=story.BEGAN - 1), partial(prepare, study))
    everyone = {who.number: who for who in story.PEOPLE}
    for who in story.PEOPLE:
        yield from _answers(study, who)
    known = now - timedelta(hours=5)
    mild = _event(now - timedelta(days=9), kind="irritation", severity="mild", outcome="recovered")
    mild |= {"event/ongoing": "no", "event/stop_known": "day", "grading/hospital": "no"}
    mild["event/stop"] = (now - timedelta(days=8)).date().isoformat()
    mild["event/description"] = "Burning for an hour after the moisturiser, gone by itself"
    serious = _event(
        now - timedelta(days=1), kind="allergy", severity="severe", outcome="recovering"
    )
    serious |= {"event/ongoing": "yes", "grading/hospital": "yes"}
    serious["grading/known_since"] = f"{known:%Y-%m-%dT%H:%M}:00.000+00:00"
    serious["event/description"] = "Swollen face, one night in hospital for observation"
    serious |= {"assessment/action": "paused", "assessment/treated": "yes"}
    yield Act(now - timedelta(days=7), partial(adverse_event, everyone[1], mild))
    yield Act(now - timedelta(hours=4), partial(adverse_event, everyone[story.HARMED], serious))


def _event(began: datetime, *, kind: str, severity: str, outcome: str) -> dict[str, str]:
    return {
        "event/kind": kind,
        "event/start_known": "day",
        "event/start": began.date().isoformat(),
        "grading/severity": severity,
        **NOT_SERIOUS,
        "assessment/causality": "possible",
        "assessment/action": "none",
        "assessment/treated": "no",
        "assessment/outcome": outcome,
    }


def _answers(study: Study, who: Person) -> Iterator[Act]:
    zone = study.sites.get(code=who.site).zone
    now = timezone.now()
    enrolled = now.astimezone(zone).date() - timedelta(days=who.days_ago)
    for code in who.made:
        if code not in DAYS or (who.number, code) in LEFT_OUT:
            continue
        at = datetime.combine(enrolled + timedelta(days=DAYS[code]), time(11, 30), zone)
        do: Callable[[], str] = partial(answer, who, code)
        yield Act(min(at, now), do)
