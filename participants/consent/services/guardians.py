"""A parent or guardian signs for a minor, who agrees as well; of age, they sign for themselves.

Who is of age is told by the year of birth as it is known now, so a correction can undo a consent.
ICH E6(R3) 2.8 and the local law have the persons. What happens between the day of majority and the
new signature is said in ``docs/screening.md``.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext

from participants.consent.models import Consent
from participants.people.models import Participant
from participants.people.services import identity
from studies.amendments.services.reading import today
from studies.platform.errors import invalid
from studies.protocol.models import Study

LONGEST = 120


@dataclass(frozen=True)
class Guardian:
    """Who signs for a minor, and what the minor says to it.

    ``assent`` is the minor's name as they wrote it, below their own words (``agrees``).
    ``of_age_on`` is a day from which they sign alone; the first of a month is kept of it.
    """

    relationship: str
    agrees: bool
    assent: str
    of_age_on: date | None


class Amiss(StrEnum):
    """Why a consent in force does not hold any longer, by who signed it and the year of birth."""

    MINOR_ALONE = "minor_alone"  # not of age, then and now: a guardian signs as well
    SIGNED_YOUNG = "signed_young"  # not of age when they signed alone, and of age now
    OF_AGE = "of_age"  # a guardian signed, and they are of age now


def takes_minors(study: Study) -> bool:
    """Whether somebody may take part who is not of age yet."""
    return bool(study.min_age < study.majority_age)


def may_have_guardian(participant: Participant) -> bool:
    """Whether somebody may sign for them: also where a minor is in the study by mistake."""
    return takes_minors(participant.study) or is_minor(participant)


def is_minor(participant: Participant) -> bool:
    """Whether the year of birth says that they are not of age yet, whatever the day."""
    return _is_minor(participant.year_of_birth, participant, today(participant.site).year)


def of_age(given: Consent) -> bool:
    """Whether a guardian signed for somebody who signs for themselves by now."""
    return amiss(given) == Amiss.OF_AGE


def amiss(given: Consent, born: int | None = None) -> Amiss | None:
    """Why ``given`` does not hold, ``born`` then (the year known of them when left out).

    A year leaves a birthday open: within that year the day counts that the guardian entered, and
    whoever signed alone is believed.
    """
    participant = given.participant
    born, now = born or participant.year_of_birth, today(participant.site)
    young = _is_minor(born, participant, now.year)
    if given.given_by == Consent.GivenBy.GUARDIAN:
        grown = born is not None and now.year - born > participant.study.majority_age
        passed = given.of_age_on is not None and given.of_age_on <= now
        return Amiss.OF_AGE if grown or (passed and not young) else None
    signed_in = given.given_at.astimezone(participant.zone).year
    if given.given_by != Consent.GivenBy.SELF or not _is_minor(born, participant, signed_in):
        return None
    return Amiss.MINOR_ALONE if young else Amiss.SIGNED_YOUNG


def _is_minor(born: int | None, participant: Participant, year: int) -> bool:
    return born is not None and year - born < participant.study.majority_age


def signer_problems(
    participant: Participant, guardian: Guardian | None, given: Consent | None
) -> dict[str, str]:
    """Why this person may not sign, or what is missing of the minor's part; by field."""
    age = {"age": participant.study.majority_age}
    if guardian is None:
        if is_minor(participant):
            sentence = gettext(
                "By their year of birth they are under %(age)s: a parent or guardian signs as well."
            )
            return {"given_by": sentence % age}
        return {}
    if not may_have_guardian(participant):
        return {"given_by": gettext("In this study everybody signs for themselves.")}
    if given is not None and amiss(given) in (Amiss.OF_AGE, Amiss.SIGNED_YOUNG):
        return {"given_by": gettext("They are of age now and sign for themselves.")}
    return _missing(guardian, today(participant.site), age)


def _missing(guardian: Guardian, on: date, age: dict[str, int]) -> dict[str, str]:
    problems = {}
    if not guardian.relationship.strip():
        problems["relationship"] = gettext("Say what you are to them, without a name.")
    if not guardian.agrees:
        problems["agrees"] = gettext(
            "The person who takes part has to want it. If they do not, please do not sign."
        )
    if not 1 <= len(guardian.assent.strip()) <= LONGEST:
        problems["assent"] = gettext("Their name is needed, as they write it themselves.")
    if guardian.of_age_on is None or guardian.of_age_on <= on:
        problems["of_age_on"] = (
            gettext("Enter the day on which they turn %(age)s. It lies ahead.") % age
        )
    return problems


def columns_of(participant: Participant, guardian: Guardian | None) -> dict[str, Any]:
    """The columns of a consent that a guardian signed; none where nobody did."""
    if guardian is None:
        return {}
    assent = " ".join(guardian.assent.split())
    return {
        "given_by": Consent.GivenBy.GUARDIAN,
        "relationship": " ".join(guardian.relationship.split())[:60],
        "sealed_others": identity.seal_bytes(
            json.dumps({"assent": assent}).encode(), owner=participant
        ),
        "assented": True,
        "of_age_on": first_of_month(guardian.of_age_on) if guardian.of_age_on else None,
    }


def first_of_month(day: date) -> date:
    """The first day of a month on or after ``day``: the birth date itself is not kept."""
    if day.day == 1:
        return day
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def require_adult_or_guardian(participant: Participant, born: int, given: Consent | None) -> None:
    """Refuse a year of birth of a minor who signed alone.

    Raises:
        Invalid: the consent in force is theirs alone, and they are not of age.
    """
    young = _is_minor(born, participant, today(participant.site).year)
    if given is None or not young or given.given_by != Consent.GivenBy.SELF:
        return
    sentence = (
        f"Born in {born}, {participant.code} is under {participant.study.majority_age}, and signed "
        "the consent alone. Check the year, or take the consent of a parent or guardian first."
    )
    raise invalid("Nothing was recorded yet; please check the form.", {"year_of_birth": sentence})
