"""Randomising: once, after consent and eligibility, the next place; refusals in words."""

import pytest
from cryptography.fernet import InvalidToken

from participants.allocation.errors import (
    AlreadyRandomised,
    ListExhausted,
    NoScheme,
    NotRandomisable,
    StratumMissing,
)
from participants.allocation.models import Allocation
from participants.allocation.services.balance import balance, places
from participants.allocation.services.randomising import randomise_participant
from participants.people.models import Participant
from studies.access.models import User
from studies.platform.errors import NotAllowed
from studies.randomisation.errors import SchemeFixed
from studies.randomisation.factors import Factor
from studies.randomisation.models import SchemeRow
from studies.randomisation.services import schemes
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.allocation.given import arms_in, blinded, listed, person, ready
from tests.participants.staff import enrol


@pytest.fixture
def stella(team: Team) -> User:
    """The unblinded statistician of a blinded study with two arms."""
    arms_in(team.study, "SUN", "SHADE")
    blinded(team.study)
    return person(team.study, "statistician", "Stella")


def given(participant: Participant) -> str:
    return Allocation.objects.get(participant=participant).opened().arm


def test_places_are_given_in_their_order_by_site(team: Team, stella: User) -> None:
    listed(team.study, stella, SG01="ABBA", KL01="BA")
    people = [ready(team.sg01, team.amina) for _ in range(3)]
    other = ready(team.kl01, team.budi)
    for one in people:
        randomise_participant(participant=one, by=team.amina)
    randomise_participant(participant=other, by=team.budi)
    assert [given(one) for one in people] == ["SUN", "SHADE", "SHADE"]
    assert given(other) == "SHADE"
    shown = balance(study=team.study, user=stella)
    assert (shown.arms, shown.all.counts) == (("SHADE", "SUN"), (3, 1))
    scheme = schemes.scheme_of(team.study)
    assert scheme is not None
    assert [(row.total, row.left) for row in places(scheme)] == [(2, 1), (4, 1)]


def test_nobody_is_randomised_twice(team: Team, stella: User) -> None:
    listed(team.study, stella, SG01="AB", KL01="AB")
    participant = ready(team.sg01, team.amina)
    randomise_participant(participant=participant, by=team.amina)
    with pytest.raises(AlreadyRandomised, match="another tab"):
        randomise_participant(participant=participant, by=team.amina)
    assert SchemeRow.objects.filter(taken=True).count() == 1


def test_only_after_consent_and_eligibility(team: Team, stella: User) -> None:
    participant = enrol(team.sg01, team.amina)
    with pytest.raises(NoScheme):
        randomise_participant(participant=participant, by=team.amina)
    listed(team.study, stella, SG01="AB", KL01="AB")
    with pytest.raises(NotRandomisable, match="consent"):
        randomise_participant(participant=participant, by=team.amina)
    signed = ready(team.sg01, team.amina)
    signed.screening.eligible = False
    signed.screening.save()
    with pytest.raises(NotRandomisable, match="not eligible"):
        randomise_participant(participant=signed, by=team.amina)
    Participant.objects.filter(pk=signed.pk).update(state="withdrawn")
    with pytest.raises(NotRandomisable, match="withdrawn"):
        randomise_participant(participant=signed, by=team.amina)
    with pytest.raises(NotAllowed):
        randomise_participant(participant=signed, by=stella)
    assert not SchemeRow.objects.filter(taken=True).exists()


def test_an_exhausted_and_a_missing_stratum_refuse_and_are_drawn_on(
    team: Team, stella: User
) -> None:
    factors = [Factor("site", ("SG01",))]
    scheme = schemes.draft_blocks(
        study=team.study, factors=factors, ratio={"SUN": 1, "SHADE": 1}, sizes=[2], rows=2,
        by=stella,
    )  # fmt: skip
    schemes.put_in_force(scheme=scheme, by=stella)
    before = [row.opened() for row in scheme.rows.order_by("position")]
    people = [ready(team.sg01, team.amina) for _ in range(3)]
    for one in people[:2]:
        randomise_participant(participant=one, by=team.amina)
    with pytest.raises(ListExhausted, match="have been given"):
        randomise_participant(participant=people[2], by=team.amina)
    other = ready(team.kl01, team.budi)
    with pytest.raises(StratumMissing, match="KL01"):
        randomise_participant(participant=other, by=team.budi)
    schemes.extend_list(scheme=scheme, rows=6, by=stella, reason="More people")
    rows = scheme.rows.filter(stratum="site=SG01").order_by("position")
    assert [row.opened() for row in rows][:2] == before
    assert {given(one) for one in people[:2]} == {"SUN", "SHADE"}
    for one, by in ((people[2], team.amina), (other, team.budi)):
        randomise_participant(participant=one, by=by)


def test_minimisation_gives_one_after_the_other(team: Team, stella: User) -> None:
    factors = [Factor("site", ("SG01", "KL01")), Factor("sex", ("female", "male"))]
    scheme = schemes.draft_minimisation(
        study=team.study, factors=factors, ratio={"SUN": 1, "SHADE": 1}, probability=0.8, by=stella
    )
    schemes.put_in_force(scheme=scheme, by=stella)
    people = [ready(team.sg01, team.amina) for _ in range(4)]
    rows = [randomise_participant(participant=one, by=team.amina) for one in people]
    assert [row.position for row in rows] == [1, 2, 3, 4]
    assert {row.stratum for row in rows} == {"site=SG01;sex=female"}
    with pytest.raises(SchemeFixed):
        listed(team.study, stella, SG01="AB", KL01="AB")


def test_the_record_says_that_and_never_which(team: Team, stella: User) -> None:
    listed(team.study, stella, SG01="AB", KL01="AB", kits=True)
    randomise_participant(participant=ready(team.sg01, team.amina), by=team.amina)
    event = AuditEvent.objects.get(action="allocation.randomise")
    assert event.contents.new == {"method": "list", "stratum": "site=SG01"}
    written = " ".join(
        str([event.contents.old, event.contents.new]) for event in AuditEvent.objects.all()
    )
    for word in ("SHADE", "Shade", "SG01-1"):
        assert word not in written.replace("SG01-0", "").replace("SG01-1'", "SG01-1'"), word


def test_a_row_put_elsewhere_in_the_database_does_not_open(team: Team, stella: User) -> None:
    scheme = listed(team.study, stella, SG01="AB", KL01="AB")
    first, second = scheme.rows.filter(stratum="site=SG01").order_by("position")
    assert len(first.sealed) == len(second.sealed)
    first.sealed = second.sealed
    with pytest.raises(InvalidToken):
        first.opened()
