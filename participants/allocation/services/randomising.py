"""Randomising one participant: once, after consent and eligibility, the next place of the list.

The place is taken by one conditional UPDATE. Of two that reach for the same row, the second finds
it taken when the first commits, and goes on; if the first fails, the row is there again.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from participants.allocation.errors import (
    AlreadyRandomised,
    ListExhausted,
    NoScheme,
    NotRandomisable,
    StratumMissing,
)
from participants.allocation.models import Allocation
from participants.allocation.sealed import Given
from participants.consent.services.consents import consent_in_force
from participants.people.models import Participant, Screening
from participants.people.services.record import record_about
from studies.access.models import User
from studies.access.permissions import Permission
from studies.amendments.services.reading import arms_of, today, version_at
from studies.platform.actors import Actor
from studies.protocol.models import Study
from studies.protocol.services.rights import require
from studies.randomisation.drawing import minimised
from studies.randomisation.factors import (
    EVERYBODY,
    Factor,
    NoLevel,
    factor_of,
    in_words,
    stratum_of,
)
from studies.randomisation.models import Scheme, SchemeRow
from studies.randomisation.services.schemes import arms_given, scheme_of

State = Participant.State


@dataclass(frozen=True)
class Taken:
    """What was drawn: sealed into the allocation, and told to nobody here."""

    given: Given
    row: SchemeRow | None = None
    position: int | None = None


@transaction.atomic
def randomise_participant(*, participant: Participant, by: Actor) -> Allocation:
    """Give a participant the next allocation of their stratum; it cannot be undone.

    Raises:
        NotAllowed: ``by`` does not randomise at the participant's site.
        NoScheme: the study does not randomise, or not yet.
        AlreadyRandomised: another tab, or somebody else, was first.
        NotRandomisable: not enrolled, not eligible, without a consent in force, or locked.
        StratumMissing: no list for this participant; ListExhausted: all its places are given.
    """
    require(by, Permission.RANDOMISE, study=participant.study, site=participant.site)
    participant = (
        Participant.objects.select_for_update(of=("self",))
        .select_related("study", "site")
        .get(pk=participant.pk)
    )
    reason = why_not(participant)
    if reason is not None:
        raise reason
    scheme = scheme_of(participant.study)
    assert scheme is not None  # noqa: S101 - why_not has asked
    stratum = _stratum(scheme, participant)
    taken = (
        _minimised(scheme, stratum)
        if scheme.method == Scheme.Method.MINIMISATION
        else _next_row(scheme, stratum, participant)
    )
    return _keep(participant, scheme, stratum, taken, by)


def why_not(participant: Participant) -> NotRandomisable | AlreadyRandomised | NoScheme | None:
    """The refusal that randomising would meet now, or nothing; without touching the list."""
    code, study = participant.code, participant.study
    if Allocation.objects.filter(participant=participant).exists():
        return AlreadyRandomised(
            f"{code} was randomised already: in another tab, or by somebody else. Nobody is "
            "randomised twice; the first allocation holds."
        )
    scheme = scheme_of(study)
    if scheme is None:
        return NoScheme(
            f"Study {study.code} has no randomisation in force. The unblinded statistician sets "
            "it up. Nothing was changed."
        )
    if study.state != Study.State.ACTIVE:
        return NotRandomisable(
            f"Study {study.code} is not under way, so nobody is randomised. Nothing was changed."
        )
    return _other_arms(scheme, participant) or _not_ready(participant)


def _other_arms(scheme: Scheme, participant: Participant) -> NotRandomisable | None:
    """A refusal for everybody at a site whose version of the protocol has other arms than the list.

    Whatever the next place holds: to refuse only those who would get an arm that has ended would
    tell who is next.
    """
    site = participant.site
    version = version_at(site, today(site))
    arms = set(arms_of(participant.study, version).values_list("code", flat=True))
    if arms == arms_given(scheme):
        return None
    return NotRandomisable(
        f"{site.code} follows version {version} of the protocol, which has other arms than this "
        "randomisation gives. Nothing was changed: the unblinded statistician puts one for the new "
        "arms in force; sites that do not follow them yet wait until they do."
    )


def _not_ready(participant: Participant) -> NotRandomisable | None:
    code = participant.code
    if participant.state != State.ENROLLED:
        return NotRandomisable(
            f"{code} is {participant.get_state_display()}. Only who is eligible and enrolled is "
            "randomised. Nothing was changed."
        )
    if participant.data_use != Participant.DataUse.FULL:
        return NotRandomisable(f"The data of {code} are locked. Nothing was changed.")
    screening = Screening.objects.filter(participant=participant).first()
    if screening is None or not screening.eligible:
        return NotRandomisable(
            f"{code} is not eligible by the screening that is kept, so nobody can be randomised "
            "on it. Nothing was changed."
        )
    if consent_in_force(participant) is None:
        return NotRandomisable(
            f"No consent of {code} is in force. Record the consent first, then randomise. "
            "Nothing was changed."
        )
    return None


def values_of(participant: Participant) -> dict[str, object]:
    """What decides on the stratum, by the name of the factor. Age: in years, by year of birth."""
    born = participant.year_of_birth
    enrolled = participant.enrolled_on
    return {
        "site": participant.site.code,
        "sex": participant.sex,
        "ethnicity": participant.ethnicity,
        "age": enrolled.year - born if enrolled and born else None,
        "fitzpatrick": participant.fitzpatrick,
        "monk_tone": participant.monk_tone,
    }


def _stratum(scheme: Scheme, participant: Participant) -> str:
    factors = [factor_of(kept) for kept in scheme.factors]
    if scheme.method == Scheme.Method.MINIMISATION:
        factors = [_open_ended(factor, participant) for factor in factors]
    try:
        return stratum_of(factors, values_of(participant))
    except NoLevel as missing:
        raise StratumMissing(
            f"{participant.code} cannot be randomised: {missing}. Nothing was changed; correct "
            "what is known of the participant, or ask the unblinded statistician for a list."
        ) from missing


def _open_ended(factor: Factor, participant: Participant) -> Factor:
    """Minimisation needs no list, so a site added since is a level as the others are."""
    return Factor("site", (participant.site.code,)) if factor.name == "site" else factor


def _next_row(scheme: Scheme, stratum: str, participant: Participant) -> Taken:
    rows = SchemeRow.objects.filter(scheme=scheme, stratum=stratum)
    while row := rows.filter(taken=False).order_by("position").first():
        if SchemeRow.objects.filter(pk=row.pk, taken=False).update(taken=True):
            arm, kit = row.opened()
            return Taken(Given(arm, kit), row=row)
    if not rows.exists():
        raise StratumMissing(
            f"The list has no places for the stratum of {participant.code} ({in_words(stratum)}). "
            "Nothing was changed; ask the unblinded statistician to draw or send them."
        )
    raise ListExhausted(
        f"All places of the stratum of {participant.code} ({in_words(stratum)}) have been given. "
        "Nothing was changed; ask the unblinded statistician to draw on."
    )


def _minimised(scheme: Scheme, stratum: str) -> Taken:
    """One after the other: whoever comes second has to know what the first was given."""
    Scheme.objects.filter(pk=scheme.pk).update(next_position=F("next_position") + 1)
    position = Scheme.objects.values_list("next_position", flat=True).get(pk=scheme.pk)
    settings = scheme.opened()
    before = Allocation.objects.filter(scheme=scheme).order_by("position")
    existing = [(row.opened().arm, levels_of(row.stratum)) for row in before.iterator()]
    arm = minimised(
        bytes.fromhex(settings["seed"]),
        position,
        existing,
        levels_of(stratum),
        sorted(settings["ratio"].items()),
        settings["probability"],
    )
    return Taken(Given(arm), position=position)


def levels_of(stratum: str) -> dict[str, str]:
    """Factor → level, of a stratum's key."""
    if stratum == EVERYBODY:
        return {}
    return dict(part.split("=", 1) for part in stratum.split(";"))


def _keep(
    participant: Participant, scheme: Scheme, stratum: str, taken: Taken, by: Actor
) -> Allocation:
    minimising = scheme.method == Scheme.Method.MINIMISATION
    method = Allocation.Method.MINIMISATION if minimising else Allocation.Method.LIST
    row = Allocation(
        participant=participant,
        method=method,
        scheme=scheme,
        row=taken.row,
        position=taken.position,
        stratum=stratum,
        given_at=timezone.now(),
        given_by=by if isinstance(by, User) else None,
    )
    row.seal(taken.given)
    row.save()
    record_about(
        participant,
        "allocation.randomise",
        by=by,
        target=row,
        new={"method": method.value, "stratum": stratum},
    )
    return row
