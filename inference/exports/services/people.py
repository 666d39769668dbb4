"""The cells that say who a row is about, and to what they agreed."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from participants.allocation.sealed import Given
from participants.allocation.services.reading import given_to
from participants.consent.models import Consent
from participants.people.models import Correction, Participant
from studies.access.models import User
from studies.protocol.models import Study


class People:
    """The cells of each participant of an export, made once for a batch of rows.

    ``choices`` are the codes of the consent's choices, one column each.
    """

    def __init__(self, study: Study, choices: Iterable[str], by: User) -> None:
        self.study = study
        self.zone = ZoneInfo(study.time_zone)
        self.choices = tuple(choices)
        # Asked here, whatever the table of roles says: the arm is told where it may be known.
        self.by = by

    def cells(self, participants: Iterable[Participant]) -> dict[int, tuple[Any, ...]]:
        """By primary key: the values of the columns of who, in their order."""
        by_number = {participant.pk: participant for participant in participants}
        consents, corrected = _last_consents(by_number), _corrected(by_number)
        given = given_to(by_number.values(), user=self.by)
        return {
            pk: self._cells(participant, given.get(pk), consents.get(pk), corrected.get(pk, set()))
            for pk, participant in by_number.items()
        }

    def _cells(
        self,
        participant: Participant,
        given: Given | None,
        consent: Consent | None,
        corrected: set[str],
    ) -> tuple[Any, ...]:
        withdrawn = participant.state == Participant.State.WITHDRAWN
        completed = participant.state == Participant.State.COMPLETED
        return (
            self.study.code,
            participant.site.code,
            participant.code,
            given.arm if given else "",
            participant.state,
            self.day(participant, participant.screened_at),
            participant.enrolled_on,
            self.day(participant, participant.ended_at) if completed else None,
            self.day(participant, participant.ended_at) if withdrawn else None,
            consent.document.version.number if consent else "",
            consent.state if consent else "",
            self.day(participant, consent.given_at) if consent else None,
            ";".join(sorted(corrected)),
            *(_agreed(consent, code) for code in self.choices),
        )

    def here(self, participant: Participant, moment: datetime) -> datetime:
        """``moment`` in the time zone of the participant's site."""
        own = participant.site.time_zone
        return moment.astimezone(ZoneInfo(own) if own else self.zone)

    def day(self, participant: Participant, moment: datetime | None) -> date | None:
        """The day of ``moment`` where the participant's site is."""
        return self.here(participant, moment).date() if moment else None

    def day_since(self, participant: Participant, moment: datetime | None) -> int | None:
        """Days from the participant's day 0 to the day of ``moment``; negative before it."""
        day = self.day(participant, moment)
        enrolled = participant.enrolled_on
        return (day - enrolled).days if day and enrolled else None


def demographics_of(participant: Participant) -> tuple[Any, ...]:
    """The values of the columns of demographics, in their order."""
    return (
        participant.year_of_birth,
        participant.sex,
        participant.ethnicity,
        participant.fitzpatrick,
        participant.monk_tone,
    )


def _last_consents(participants: Mapping[int, Participant]) -> dict[int, Consent]:
    """The consent given last of each: the one in force, or that was withdrawn."""
    consents = (
        Consent.objects.filter(participant__in=list(participants))
        .select_related("document__version")
        .only("participant", "state", "choices", "given_at", "document__version__number")
        .order_by("given_at", "pk")
    )
    return {consent.participant_id: consent for consent in consents}


def _corrected(participants: Iterable[int]) -> dict[int, set[str]]:
    """What of each was corrected, by the names under which it is exported."""
    rows = Correction.objects.filter(participant__in=list(participants))
    corrected: dict[int, set[str]] = {}
    for pk, field in rows.values_list("participant", "field"):
        corrected.setdefault(pk, set()).add(field)
    return corrected


def _agreed(consent: Consent | None, code: str) -> bool | None:
    value = consent.choices.get(code) if consent else None
    return None if value is None else bool(value)
