"""Setting up: what is refused, what stays sealed, a list for trying, one for production."""

import json

import pytest
from django.test import Client

from participants.privacy.services.key_rotation import OTHERS
from studies.access.models import User
from studies.platform.errors import Invalid, fields_of
from studies.protocol.errors import ScheduleFixed
from studies.protocol.models import Study
from studies.protocol.services.studies import edit_study
from studies.randomisation.errors import ListWrong, SchemeFixed
from studies.randomisation.factors import Factor
from studies.randomisation.models import Scheme, SchemeRow
from studies.randomisation.services import schemes
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.allocation.given import arms_in, listed, person
from tests.participants.staff import screen

EVEN = {"SUN": 1, "SHADE": 1}
LIST = b"arm,site\nSUN,SG01\nSHADE,SG01\nSUN,KL01\nSHADE,KL01\n"


@pytest.fixture
def stella(team: Team) -> User:
    arms_in(team.study, "SUN", "SHADE")
    return person(team.study, "statistician", "Stella")


def test_what_cannot_be_drawn_is_named(team: Team, stella: User) -> None:
    with pytest.raises(Invalid) as refused:
        schemes.draft_blocks(
            study=team.study, factors=[], ratio={"SUN": 1}, sizes=[3], rows=0, by=stella
        )
    assert set(fields_of(refused.value)) == {"ratio", "rows"}
    with pytest.raises(Invalid) as refused:
        schemes.draft_blocks(
            study=team.study, factors=[], ratio=EVEN, sizes=[3, 4], rows=10, by=stella
        )
    assert list(fields_of(refused.value)) == ["sizes"]
    with pytest.raises(Invalid) as refused:
        schemes.draft_minimisation(
            study=team.study, factors=[], ratio=EVEN, probability=1, by=stella
        )
    assert set(fields_of(refused.value)) == {"probability", "factors"}
    assert not Scheme.objects.exists()


def test_nothing_of_a_list_stands_open_in_the_database(team: Team, stella: User) -> None:
    scheme = schemes.draft_blocks(
        study=team.study, factors=[Factor("site", ("SG01", "KL01"))], ratio=EVEN, sizes=[2, 4],
        rows=20, by=stella,
    )  # fmt: skip
    rows = list(SchemeRow.objects.filter(scheme=scheme))
    assert len({len(row.sealed) for row in rows}) == 1
    for row in [scheme, *rows]:
        assert b"SUN" not in bytes(row.sealed)
    seed = scheme.opened()["seed"]
    written = json.dumps([str(event.contents) for event in AuditEvent.objects.all()])
    assert seed not in written
    assert "sizes" not in written
    assert {Scheme, SchemeRow} <= set(OTHERS)  # sealed anew with the other rows


def test_the_list_for_trying_is_not_taken_for_production(team: Team, stella: User) -> None:
    report = schemes.try_list(study=team.study, content=LIST, name="a.csv", by=stella)
    assert report.problems == []
    assert not SchemeRow.objects.exists()
    with pytest.raises(ListWrong, match="for trying"):
        schemes.upload_list(study=team.study, content=LIST, name="a.csv", by=stella)
    other = LIST.replace(b"SUN,SG01\nSHADE,SG01", b"SHADE,SG01\nSUN,SG01")
    scheme = schemes.upload_list(study=team.study, content=other, name="b.csv", by=stella)
    assert scheme.rows.count() == 4
    assert scheme.rows_sha256 == schemes.list_hash(scheme)


def test_a_list_with_a_missing_stratum_is_not_taken(team: Team, stella: User) -> None:
    with pytest.raises(ListWrong) as refused:
        schemes.upload_list(
            study=team.study, content=b"arm,site\nSUN,SG01\nSHADE,SG01\n", name="a.csv", by=stella
        )
    assert refused.value.detail["lines"] == ["No line is for the stratum Site: KL01."]
    assert not Scheme.objects.exists()


def test_one_in_force_stays(team: Team, stella: User) -> None:
    scheme = listed(team.study, stella, SG01="AB", KL01="AB")
    with pytest.raises(SchemeFixed, match="in force"):
        schemes.upload_list(study=team.study, content=LIST, name="a.csv", by=stella)
    with pytest.raises(SchemeFixed, match="drawn here"):
        schemes.extend_list(scheme=scheme, rows=9, by=stella, reason="More")
    schemes.end_scheme(scheme=scheme, by=stella, reason="Another list")
    assert schemes.scheme_of(team.study) is None


def test_who_was_blind_stays_blind(team: Team) -> None:
    edit_study(study=team.study, by=team.dewi, masking="blinded", reason="As planned")
    screen(team.sg01, team.amina)
    with pytest.raises(ScheduleFixed, match="open or blinded stays"):
        edit_study(study=team.study, by=team.dewi, masking="open", reason="Curious")
    assert Study.objects.get(pk=team.study.pk).is_blinded


def test_pages_by_the_statistician(team: Team, stella: User) -> None:
    client = Client()
    client.force_login(stella)
    path = "/studies/MEL-8/randomisation/"
    assert "Arms are given by hand" in client.get(path).content.decode()
    form = {
        "method": "blocks", "share_SUN": 1, "share_SHADE": 1, "by_site": "on", "sizes": "2, 4",
        "rows": 10, "probability": "0.8", "cut_fitzpatrick": "3",
    }  # fmt: skip
    wrong = client.post(f"{path}draw/", {**form, "sizes": "3", "cut_age": "x"})
    assert wrong.status_code == 422
    assert "Whole numbers with commas" in wrong.content.decode()
    assert client.post(f"{path}draw/", form)["Location"] == path
    scheme = Scheme.objects.get()
    assert len(scheme.strata) == 4
    client.post(f"{path}{scheme.pk}/start/")
    assert "Places left" in client.get(path).content.decode()
    assert client.get(f"{path}{scheme.pk}/proof/").status_code == 409
    more = client.post(f"{path}{scheme.pk}/extend/", {"rows": 20, "reason": "More people"})
    assert more["Location"] == path
    client.post(f"{path}{scheme.pk}/end/", {"reason": "Over"})
    shown = client.get(f"{path}{scheme.pk}/proof/").content.decode()
    assert "The list is what it was" in shown
    assert scheme.opened()["seed"] in shown
    file = client.get(f"{path}{scheme.pk}/file/")
    assert b"stratum,position,arm,kit,taken" in b"".join(file.streaming_content)  # type: ignore[attr-defined]
