"""What is done in the study of twelve weeks, through the real services.

Nothing is asked before the signature, so everybody goes the way of ICH E6: a code, the consent,
criteria and demographics, and then day 0.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial

from django.utils import timezone

from inference.demo import twelve_weeks as story
from inference.demo.actions import Act, coordinator, drawn, hash_of, named, send, signature
from inference.demo.monitor_acts import monitor_acts
from inference.demo.twelve_week_amendment import amendment_acts
from inference.demo.twelve_week_answers import answer_acts
from inference.demo.twelve_week_queries import query_acts
from inference.demo.twelve_week_randomisation import randomisation_acts, randomise
from inference.demo.twelve_weeks import Person
from participants.capture.models import Photo
from participants.consent.services import consents
from participants.consent.services.guardians import Guardian
from participants.correcting.services.details import correct_details, details_of
from participants.correcting.services.transfer import transfer_participant
from participants.enrolment.services import enrolment, prescreening, screening
from participants.people.models import Participant, ScreeningAttempt
from participants.people.services import invitations
from participants.people.services.identity import IdentityData
from participants.privacy.services.withdrawal import withdraw
from participants.scheduling.models import Note
from participants.scheduling.services.moving import reschedule_visit
from participants.scheduling.services.notes import add_note
from participants.visits.models import Visit
from studies.protocol.models import Study

State = Participant.State


def participant_of(who: Person) -> Participant:
    """Where ``who`` stands now."""
    return Participant.objects.select_related("study", "site").get(
        request_id=named(story.STUDY, "person", who.number)
    )


def pre_screen(study: Study, who: Person) -> str:
    site = study.sites.get(code=who.site)
    ask = named(story.STUDY, "person", who.number)
    if Participant.objects.filter(request_id=ask).exists():
        return ""
    made = prescreening.prescreen_participant(
        site=site, reason="Seen at the clinic for red cheeks", request_id=ask, by=coordinator(site)
    )
    return f"{made.code} pre-screened"


def open_consenting(who: Person) -> str:
    participant = participant_of(who)
    if participant.state != State.PRE_SCREENED:
        return ""
    by = coordinator(participant.site)
    prescreening.open_consenting(
        participant=participant,
        identity=IdentityData(
            name=who.name,
            email=f"{who.name.split()[0].lower()}.{who.number}@participant.example",
            phone=f"+65 8{hash_of(story.STUDY, who.number) % 10_000_000:07d}",
        ),
        language=who.language,
        by=by,
    )
    invitations.issue(participant=participant, by=by)
    return f"{participant.code} reads the consent"


def sign(who: Person, *, again: bool = False) -> str:
    """Signed on the clinic's screen; of a minor by the mother, with the minor's own assent."""
    participant = participant_of(who)
    document = consents.next_for(participant).document
    ask = named(story.STUDY, "consent", who.number, document.version.number if again else "first")
    if participant.consents.filter(request_id=ask).exists():
        return ""
    guardian = None
    if who.number == story.MINOR:
        of_age = date(timezone.now().year + 18 - who.age, 12, 31)
        guardian = Guardian("mother", agrees=True, assent=who.name, of_age_on=of_age)
    name = story.MOTHER if guardian else who.name
    consents.give_consent(
        participant=participant,
        document=document,
        document_sha256=document.sha256,
        choices={choice["code"]: choice["code"] != "publication" for choice in document.choices},
        typed_name=name,
        signature_png=signature(name),
        guardian=guardian,
        by=coordinator(participant.site),
        request_id=ask,
    )
    return f"{participant.code} signed"


def screen(who: Person) -> str:
    """Criteria and demographics, asked after the signature."""
    participant = participant_of(who)
    if participant.state != State.SCREENING:
        return ""
    lines = enrolment.checklist(participant.study, participant.site)
    answers = {line.code: line.wanted for line in lines}
    if who.stage == "screen_failure":
        answers["steroid-on-face"] = True
    screening.answer_checklist(
        participant=participant,
        answers=answers,
        details=enrolment.Details(
            # The coordinator typed a seven for a one; corrected later.
            year_of_birth=timezone.now().year - who.age - 6 * (who.number == story.CORRECTED),
            sex=who.identity.sex,
            ethnicity=who.ethnicity,
            fitzpatrick=who.identity.fitzpatrick,
            monk_tone=who.identity.monk,
            language=who.language,
        ),
        by=coordinator(participant.site),
    )
    return f"{participant.code} screened"


def decline(who: Person) -> str:
    participant = participant_of(who)
    if participant.state != State.CONSENTING:
        return ""
    screening.fail_screening(
        participant=participant,
        failure=ScreeningAttempt.Failure.DECLINED,
        reason="Twelve weeks are too long",
        by=coordinator(participant.site),
    )
    return f"{participant.code} declined"


def enrol(who: Person) -> str:
    participant = participant_of(who)
    if participant.state != State.ELIGIBLE:
        return ""
    enrolment.enrol_participant(
        participant=participant,
        identity=None,
        arm=None,  # blinded: the product gives it, a few minutes later
        by=coordinator(participant.site),
    )
    return f"{participant.code} enrolled"


def take_photo(who: Person, code: str, view: str) -> str:
    """Draw the person as they are that day and send the photo, unless it was sent before."""
    photo_id = named(story.STUDY, "photo", who.number, code, view)
    if Photo.objects.filter(pk=photo_id).exists():
        return ""
    rows = participant_of(who).visits.select_related("participant", "definition")
    repeat = code == "repeat"
    visit = rows.get(definition__repeat=True) if repeat else rows.get(definition__code=code)
    seed = hash_of(story.STUDY, who.number, code, view)
    severities = who.severities(visit.definition.day_offset)
    return send(visit, view, photo_id, drawn(who.identity, severities, view, seed))


def correct(who: Person) -> str:
    """A year of birth that was typed wrong."""
    participant = participant_of(who)
    right = (participant.screened_at.year) - who.age
    if participant.year_of_birth == right:
        return ""
    details = enrolment.Details(**details_of(participant))
    correct_details(
        participant=participant,
        details=replace(details, year_of_birth=right),
        reason="Read wrongly from the identity card",
        by=coordinator(participant.site),
    )
    return f"{participant.code}: year of birth corrected"


def transfer(who: Person, to: str) -> str:
    """Somebody moves to another town and goes on there, under the same code."""
    participant = participant_of(who)
    if participant.site.code == to:
        return ""
    transfer_participant(
        participant=participant,
        site=participant.study.sites.get(code=to),
        reason="Moved house",
        by=coordinator(participant.site),
    )
    return f"{participant.code} transferred to {to}"


def move_visit(who: Person, code: str, day: date) -> str:
    """A visit arranged for a day outside its window: a deviation."""
    visit = participant_of(who).visits.get(definition__code=code)
    if visit.scheduled_on == day or visit.state == Visit.State.COMPLETE:
        return ""
    by = coordinator(visit.participant.site)
    reschedule_visit(visit=visit, day=day, reason="On a journey until then", by=by)
    return f"{visit.participant.code}: {code} moved"


def note(who: Person, text: str) -> str:
    participant = participant_of(who)
    ask = named(story.STUDY, "note", who.number)
    if Note.objects.filter(request_id=ask).exists():
        return ""
    add_note(participant=participant, text=text, by=coordinator(participant.site), request_id=ask)
    return f"{participant.code}: a note"


def stop(who: Person) -> str:
    participant = participant_of(who)
    if participant.state == State.WITHDRAWN:
        return ""
    by = coordinator(participant.site)
    withdraw(participant=participant, reason="The moisturiser stung.", by=by)
    return f"{participant.code} withdrew"


# --- By day ------------------------------------------------------------------------------------


def person_acts(study: Study, who: Person) -> Iterator[Act]:
    """All that ``who`` did, and was done for them, in its order."""
    zone = study.sites.get(code=who.site).zone
    now = timezone.now()
    last = now.astimezone(zone).date() - timedelta(days=who.days_ago)

    def act(day: date, at: time, do: Callable[[], str]) -> Act:
        return Act(min(datetime.combine(day, at, zone), now), do)

    first = last - timedelta(days=0 if who.stage in ("pre_screened", "consenting") else 2)
    yield act(first, time(9), partial(pre_screen, study, who))
    if who.stage == "pre_screened":
        return
    yield act(last, time(9, 10), partial(open_consenting, who))
    if who.stage == "declined":
        yield act(last, time(9, 20), partial(decline, who))
    if who.stage in ("declined", "consenting"):
        return
    yield act(last, time(9, 30), partial(sign, who))
    if who.stage == "screening":
        return
    yield act(last, time(9, 40), partial(screen, who))
    if who.stage != "enrolled":
        return
    yield act(last, time(9, 50), partial(enrol, who))
    if who.number != story.WAITING:
        yield act(last, time(9, 55), partial(randomise, who))
    days = {"baseline": 0, "repeat": 0, "week-2": 14, "week-4": 28, "week-8": 56}
    for code in who.made:
        day = last + timedelta(days=days[code])
        for minute, view in enumerate(story.ALL_THREE if days[code] == 0 else ("front",)):
            at = time(12 if code == "repeat" else 11, minute)
            yield act(day, at, partial(take_photo, who, code, view))


def turns(study: Study) -> Iterator[Act]:
    """What does not go as planned: a correction, a transfer, a visit moved, a withdrawal."""
    now = timezone.now()
    everyone = {who.number: who for who in story.PEOPLE}

    def ago(days: float, do: Callable[[], str]) -> Act:
        return Act(now - timedelta(days=days), do)

    moved = everyone[story.MOVED]
    enrolled = now.astimezone(study.sites.get(code=moved.site).zone).date() - timedelta(
        days=moved.days_ago
    )
    yield ago(20, partial(transfer, everyone[story.TRANSFERRED], "JK01"))
    yield ago(18, partial(note, everyone[2], "Missed week 4: was travelling and has no complaint."))
    yield ago(10, partial(stop, everyone[story.WITHDRAWN]))
    yield ago(6, partial(correct, everyone[story.CORRECTED]))
    # The window of week 4 ends on day 32.
    yield ago(3, partial(move_visit, moved, "week-4", enrolled + timedelta(days=35)))
    yield ago(2, partial(sign, everyone[0], again=True))


def story_acts(study: Study) -> Iterator[Act]:
    """Everything that has happened until now, by day."""
    acts = [
        *amendment_acts(study),
        *turns(study),
        *answer_acts(study),
        *monitor_acts(study),
        *query_acts(study),
        *randomisation_acts(study),
    ]
    for who in story.PEOPLE:
        acts += person_acts(study, who)
    yield from sorted(acts, key=lambda act: act.at)
