"""Randomising: once, after consent and eligibility, the next place; refusals in words."""

import html
from datetime import date

import pytest
from cryptography.fernet import InvalidToken
from django.test import Client

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
from studies.protocol.models import Study
from studies.randomisation.errors import SchemeFixed
from studies.randomisation.factors import Factor
from studies.randomisation.models import SchemeRow
from studies.randomisation.services import schemes
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.allocation.given import arms_in, blinded, listed, person, ready
from tests.participants.staff import enrol, plan_week_visits
from tests.studies.amendments.factories import approved, draft


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


def test_the_second_of_two_tabs_is_told_and_takes_no_place(team: Team, stella: User) -> None:
    listed(team.study, stella, SG01="AB", KL01="AB")
    participant = ready(team.sg01, team.amina)
    path = f"/studies/MEL-8/participants/{participant.code}/randomise/"
    tabs = [Client(), Client()]
    for tab in tabs:
        tab.force_login(team.amina)
        assert tab.get(path).status_code == 200
    first, second = (tab.post(path, {"sure": "on"}) for tab in tabs)
    assert (first.status_code, second.status_code) == (302, 409)
    assert "Nobody is randomised twice" in html.unescape(second.content.decode())
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


def test_an_arm_that_an_amendment_ended_is_given_to_nobody_whatever_comes_next(
    team: Team, stella: User
) -> None:
    """Also where the next place holds the arm that stays: else it would tell who is next."""
    plan_week_visits(team.study)
    listed(team.study, stella, SG01="AB", KL01="AB")
    people = [ready(team.sg01, team.amina) for _ in range(2)]
    elsewhere = ready(team.kl01, team.budi)
    row = draft(team.study, team.dewi)
    row.changes = {"arms": {"SUN": None, "HAT": {"name": "Hat"}}}
    row.state = "submitted"
    row.save()
    approved(row, team.sg01, date(2026, 3, 2), team.dewi)
    for place in (1, 2):  # the next is SUN, then SHADE
        assert SchemeRow.objects.filter(stratum="site=SG01", taken=True).count() == 0
        with pytest.raises(NotRandomisable, match="SG01 follows version 2"):
            randomise_participant(participant=people[place - 1], by=team.amina)
        SchemeRow.objects.filter(stratum="site=SG01", position=1).delete()
    randomise_participant(participant=elsewhere, by=team.budi)
    assert given(elsewhere) == "SUN", "KL01 goes on with the version before"

    client = Client()
    client.force_login(team.dewi)
    said = client.get("/studies/MEL-8/randomisation/").content.decode()
    assert "The arms were changed by an amendment" in said
    protocol = client.get("/studies/MEL-8/protocol/").content.decode()
    assert "until version 1" in protocol
    assert "Sun arm" in protocol
    scheme = schemes.scheme_of(team.study)
    assert scheme is not None
    schemes.end_scheme(scheme=scheme, by=stella, reason="Other arms")
    scheme = schemes.draft_minimisation(
        study=team.study, factors=[Factor("site", ("SG01", "KL01"))],
        ratio={"SHADE": 1, "HAT": 1}, probability=0.8, by=stella,
    )  # fmt: skip
    schemes.put_in_force(scheme=scheme, by=stella)
    randomise_participant(participant=people[0], by=team.amina)
    assert given(people[0]) in {"SHADE", "HAT"}
    with pytest.raises(NotRandomisable, match="KL01 follows version 1"):
        randomise_participant(participant=ready(team.kl01, team.budi), by=team.budi)
    # Who is in it is still found by it.
    client.force_login(stella)
    listing = client.get("/studies/MEL-8/participants/").content.decode()
    assert "Sun arm (ended)" in listing


def test_how_many_places_are_left_is_told_to_nobody_who_randomises_or_sees_arms(
    team: Team, stella: User
) -> None:
    """An even list of four, three of them known: the last one is no secret to who knows it is."""
    listed(team.study, stella, SG01="ABBA", KL01="AB")
    for _ in range(3):
        randomise_participant(participant=ready(team.sg01, team.amina), by=team.amina)
    pharmacist = person(team.study, "pharmacist", "Lina")
    pages = ("/studies/MEL-8/randomisation/", "/studies/MEL-8/randomisation/balance/")

    def read(user: User) -> str:
        client = Client()
        client.force_login(user)
        return "".join(client.get(path).content.decode() for path in pages)

    assert read(stella).count("Places left") == 4  # the scheme's; a heading, a caption, a column
    for masking in ("blinded", "open"):
        Study.objects.filter(pk=team.study.pk).update(masking=masking)
        for user in (team.amina, team.dewi, team.ewa, pharmacist):
            assert "laces left" not in read(user), (masking, user)
    told = AuditEvent.objects.filter(action__startswith="randomisation.")
    assert all("places" not in (event.contents.new or {}) for event in told)


def test_a_list_drawn_here_ends_within_a_block(team: Team, stella: User) -> None:
    """A list of whole blocks is even at its end, so that its length would tell the last places."""
    scheme = schemes.draft_blocks(
        study=team.study, factors=[], ratio={"SUN": 1, "SHADE": 1}, sizes=[4], rows=6, by=stella
    )
    assert scheme.rows.count() == 6
    six = [row.opened() for row in scheme.rows.order_by("position")]
    schemes.extend_list(scheme=scheme, rows=8, by=stella, reason="More people")
    eight = [row.opened()[0] for row in scheme.rows.order_by("position")]
    assert [(arm, "") for arm in eight[:6]] == six
    assert (eight[4:].count("SUN"), eight[4:].count("SHADE")) == (2, 2), "the block goes on"
