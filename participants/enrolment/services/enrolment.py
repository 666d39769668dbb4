"""Screening, enrolment and completion.

A participant is screened first, coded, without name or contact; only who is found eligible is
enrolled, and only then is an identity kept. The number in the code comes from one UPDATE of the
site's row inside the same transaction: two people enrolling at once get two numbers, and a number
whose transaction fails is given again.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from participants.enrolment.errors import NotEligible, StudyNotActive
from participants.people.models import Participant, Screening
from participants.people.services import invitations
from participants.people.services.identity import IdentityData, clean_identity, keep_identity
from participants.people.services.record import record_about
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, NotAllowed, StateRefused, fields_of, invalid
from studies.protocol.models import Arm, EligibilityCriterion, Site, Study
from studies.protocol.services.rights import require

AGE = "age-in-range"
Kind = EligibilityCriterion.Kind


@dataclass(frozen=True)
class Line:
    """A line of the checklist; ``wanted`` is the answer of someone who is eligible."""

    code: str
    kind: str
    text: str

    @property
    def wanted(self) -> bool:
        return self.kind == Kind.INCLUSION


@dataclass(frozen=True)
class Details:
    """What is known of a participant by code. Skin tones are ``None`` when not assessed."""

    year_of_birth: int
    sex: str
    ethnicity: str
    fitzpatrick: int | None = None
    monk_tone: int | None = None
    language: str = "en"


def checklist(study: Study) -> list[Line]:
    """The age line, which every study has, then the study's criteria in their order.

    The year of birth alone cannot tell who has had a birthday this year, so the person who
    screens answers for the age.
    """
    upper = f" to {study.max_age}" if study.max_age is not None else " or older"
    age = Line(AGE, Kind.INCLUSION, f"Is {study.min_age}{upper} years old today")
    criteria = study.criteria.all()
    ordered = sorted(criteria, key=lambda c: (c.kind != Kind.INCLUSION, c.order, c.pk))
    return [age, *(Line(c.code, c.kind, c.text) for c in ordered)]


# --- Screening ---------------------------------------------------------------------------------


def screen_participant(
    *,
    site: Site,
    answers: Mapping[str, bool],
    details: Details,
    by: Actor,
    request_id: uuid.UUID | None = None,
) -> Participant:
    """Give someone a code and record the checklist; ``participant.screening.eligible`` tells.

    ``answers`` holds one truth per line of ``checklist``. The same ``request_id`` again returns
    the same participant.

    Raises:
        NotAllowed: ``by`` does not enrol at ``site``.
        StudyNotActive: the study is a draft or closed.
        Invalid: an answer is missing, or a detail is out of range; ``detail`` names which.
    """
    study = site.study
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=site)
    with transaction.atomic():
        # The UPDATE comes first: it makes a second sending of the same form wait for the first.
        Site.objects.filter(pk=site.pk).update(last_participant_number=F("last_participant_number"))
        if request_id is not None:
            before = Participant.objects.filter(request_id=request_id).first()
            if before is not None:
                return _same_request(before, site)
        _require_active(study)
        lines = checklist(study)
        _require_valid(study, lines, answers, details)
        now = timezone.now()
        participant = Participant.objects.create(
            study=study,
            site=site,
            code=_next_code(site),
            year_of_birth=details.year_of_birth,
            sex=details.sex,
            ethnicity=details.ethnicity,
            fitzpatrick=details.fitzpatrick,
            monk_tone=details.monk_tone,
            language=details.language,
            screened_at=now,
            request_id=request_id,
        )
        given = [
            {"code": line.code, "kind": line.kind, "text": line.text}
            | {"answer": answers[line.code], "met": answers[line.code] is line.wanted}
            for line in lines
        ]
        screening = Screening.objects.create(
            participant=participant,
            answers=given,
            eligible=all(line["met"] for line in given),
            at=now,
            by_id=int(by.actor_id),
        )
        unmet = [line["code"] for line in given if not line["met"]]
        record_about(
            participant,
            "participant.screen",
            by=by,
            new={"eligible": screening.eligible, "not_met": unmet},
        )
    return participant


def _same_request(before: Participant, site: Site) -> Participant:
    if before.site_id != site.pk:
        raise NotAllowed("This form was already used at another site. Please open a new one.")
    return before


def _next_code(site: Site) -> str:
    """The next code of ``site``; its row stays locked until the transaction ends."""
    rows = Site.objects.filter(pk=site.pk)
    rows.update(last_participant_number=F("last_participant_number") + 1)
    return f"{site.code}-{rows.values_list('last_participant_number', flat=True)[0]:04d}"


def _require_active(study: Study) -> None:
    state = Study.objects.values_list("state", flat=True).get(pk=study.pk)
    if state != Study.State.ACTIVE:
        raise StudyNotActive(
            f"Study {study.code} is {Study.State(state).label}: nobody can be screened or "
            "enrolled. The study's manager can activate it."
        )


def _require_valid(
    study: Study, lines: list[Line], answers: Mapping[str, bool], details: Details
) -> None:
    problems: dict[str, str] = {
        line.code: "Answer yes or no." for line in lines if line.code not in answers
    }
    year = visits.today(study).year
    problem = _age_problem(study, details.year_of_birth, year, answers.get(AGE, False))
    if problem:
        problems["year_of_birth"] = problem
    if details.sex not in Participant.Sex.values:
        problems["sex"] = "Choose one of the list."
    if details.ethnicity not in Participant.Ethnicity.values:
        problems["ethnicity"] = "Choose one of the list."
    if details.fitzpatrick is not None and not 1 <= details.fitzpatrick <= 6:
        problems["fitzpatrick"] = "Fitzpatrick types are I to VI."
    if details.monk_tone is not None and not 1 <= details.monk_tone <= 10:
        problems["monk_tone"] = "Monk skin tones are 1 to 10."
    if details.language not in languages(study):
        problems["language"] = "The study is not offered in this language."
    if problems:
        raise invalid("Nothing was recorded yet; please check the form.", problems)


def languages(study: Study) -> list[str]:
    """The languages a participant may choose; English where the study names none."""
    return list(study.languages) or ["en"]


def _age_problem(study: Study, born: int, year: int, said_in_range: bool) -> str:
    """Why a year of birth cannot be right; someone born ``born`` is one of two ages this year."""
    if not 1900 <= born <= year:
        return f"Enter a year from 1900 to {year}."
    youngest, oldest = year - born - 1, year - born
    if said_in_range and oldest < study.min_age:
        return f"Born in {born}, nobody is {study.min_age} yet. Check the year and the first line."
    if said_in_range and study.max_age is not None and youngest > study.max_age:
        return f"Born in {born}, one is over {study.max_age}. Check the year and the first line."
    return ""


# --- Enrolment ---------------------------------------------------------------------------------


@transaction.atomic
def enrol_participant(
    *,
    participant: Participant,
    identity: IdentityData,
    arm: Arm | None,
    by: Actor,
    enrolled_on: date | None = None,
) -> Participant:
    """Enrol someone screened and eligible: seal the identity, set day 0, plan the visits.

    ``enrolled_on`` (a date in the study's zone, today when left out) is day 0 of the schedule.

    Raises:
        NotAllowed: ``by`` does not enrol at the participant's site.
        StudyNotActive, NotEligible: as they say.
        StateRefused: no longer ``screened``; a form sent twice ends here, with one participant.
        Invalid: contact details, arm or day are wrong; ``detail`` names which.
    """
    study, site = participant.study, participant.site
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if participant.state != Participant.State.SCREENED:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()} already. Nothing was changed."
        )
    _require_active(study)
    screening = Screening.objects.filter(participant=participant).first()
    if screening is None or not screening.eligible:
        raise NotEligible(
            f"{participant.code} was not found eligible at screening and cannot be enrolled. "
            "The screening is kept; no name or contact was."
        )
    day_0 = enrolled_on or visits.today(study)
    problems: dict[str, str] = {}
    if arm is None and study.arms.exists():
        problems["arm"] = "Choose the arm."
    elif arm is not None and arm.study_id != study.pk:
        problems["arm"] = "Choose one of this study's arms."
    if day_0 > visits.today(study):
        problems["enrolled_on"] = "Day 0 cannot lie in the future."
    try:
        clean_identity(identity)
    except Invalid as refusal:
        problems |= fields_of(refusal)
    if problems:
        raise invalid("Nothing was recorded yet; please check the form.", problems)
    participant.move(Participant.State.ENROLLED, arm=arm, enrolled_on=day_0)
    keep_identity(participant=participant, identity=identity, by=by)
    record_about(
        participant,
        "participant.enrol",
        by=by,
        old={"state": Participant.State.SCREENED.value},
        new={
            "state": participant.state,
            "arm": arm.code if arm else None,
            "enrolled_on": day_0.isoformat(),
        },
    )
    visits.plan_visits(participant=participant, by=by)
    return participant


@transaction.atomic
def complete_participant(*, participant: Participant, by: Actor) -> Participant:
    """End taking part as planned: no visit waits any more, and the personal link stops.

    Raises:
        NotAllowed: ``by`` may not edit participants at the site.
        StateRefused: not enrolled, or a visit can still be made.
    """
    require(by, Permission.PARTICIPANT_EDIT, study=participant.study, site=participant.site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    waiting = visits.next_visit(participant, visits.today(participant.study))
    if waiting is not None:
        raise StateRefused(
            f"{waiting.definition.name} of {participant.code} can still be made, so taking part "
            "is not complete. Nothing was changed."
        )
    before = participant.state
    participant.move(Participant.State.COMPLETED, ended_at=timezone.now())
    invitations.revoke_all(participant=participant, by=by, reason="Taking part is complete.")
    record_about(
        participant,
        "participant.complete",
        by=by,
        old={"state": before},
        new={"state": participant.state},
    )
    return participant
