"""Finding people by code, name, phone and e-mail, without opening anybody's identity."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import Settings

from participants.people.errors import TooManySearches
from participants.people.models import Identity, IdentityDigest
from participants.people.services import finding, identity_index, sealed_identity
from participants.people.services.finding import find_participants
from participants.people.services.identity import IdentityData, keep_identity
from participants.privacy.services.erasure import _remove_rows, gather
from participants.privacy.services.key_rotation import rotate_identity_keys
from studies.access.models import User
from studies.platform.actors import SYSTEM
from studies.platform.errors import Invalid, NotAllowed
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.staff import SITI, enrol, screen
from tests.typed import words

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
FIND = "/studies/MEL-8/participants/find/"


def found(team: Team, text: str, by: User | None = None) -> list[str]:
    by = by or team.amina
    return [one.code for one in find_participants(study=team.study, text=text, by=by).participants]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Siti Rahman", "siti"),
        ("Siti Rahman", "RAHMAN, Siti"),
        ("Siti Rahman", "\uff33\uff49\uff54\uff49"),
        ("Jose\u0301 d'Souza", "Jos\u00e9 Souza"),
        ("சிவா முருகன்", "முருகன்"),
        ("สมชาย ใจดี", "ใจดี"),
        ("李小龙", "李小龙"),
    ],
)
def test_whole_words_of_a_name_find_in_any_script(team: Team, name: str, text: str) -> None:
    enrol(team.sg01, team.amina, identity=IdentityData(name, "x@example.org"))
    enrol(team.sg01, team.amina, identity=IdentityData("Noor Aziz", "noor@example.org"))
    assert found(team, text) == ["SG01-0001"]


@pytest.mark.parametrize("text", ["Sit", "Siti Aziz", "சி", "nobody", "---"])
def test_parts_of_words_and_other_names_find_nobody(team: Team, text: str) -> None:
    enrol(team.sg01, team.amina)
    name = IdentityData("சிவா முருகன்", "s@example.org")
    enrol(team.sg01, team.amina, identity=name)
    assert found(team, text) == []


@pytest.mark.parametrize(
    "text",
    ["+65 6123 4567", "6123-4567", "(65) 61234567", "\uff16\uff11\uff12\uff13 4567",
     "SITI@Example.org", "SG01-0001", "0001", "sg01"],
)  # fmt: skip
def test_contact_and_code_find_however_they_are_typed(team: Team, text: str) -> None:
    enrol(team.sg01, team.amina)
    assert found(team, text) == ["SG01-0001"]


def test_names_find_only_people_whose_names_one_may_read(team: Team) -> None:
    enrol(team.sg01, team.amina)
    enrol(team.kl01, team.budi)
    assert found(team, "Siti") == ["SG01-0001"]
    assert found(team, "Siti", team.budi) == ["KL01-0001"]
    for person in (team.chandra, team.dewi, team.ewa):
        assert found(team, "Siti", person) == []
        assert found(team, "+65 6123 4567", person) == []
        assert found(team, "01-0001", person) == ["KL01-0001", "SG01-0001"]
    with pytest.raises(NotAllowed):
        found(team, "SG01", team.farid)
    assert not AuditEvent.objects.filter(action=finding.SEARCHED).exclude(
        actor_id__in=[team.amina.actor_id, team.budi.actor_id]
    )


def test_a_search_opens_nothing(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    enrol(team.sg01, team.amina)

    def opens(**_: object) -> None:
        raise AssertionError("an identity was opened")

    monkeypatch.setattr(sealed_identity, "unseal", opens)
    monkeypatch.setattr(identity_index, "unseal", opens)
    assert found(team, "Siti") == ["SG01-0001"]


def test_a_search_is_recorded_without_its_words(team: Team) -> None:
    enrol(team.sg01, team.amina)
    found(team, "Siti Rahman")
    event = AuditEvent.objects.get(action=finding.SEARCHED)
    told = event.contents.new
    assert told is not None
    assert told["looked_for"] == "name"
    assert told["found"] == 1
    assert len(told["digest"]) == 64
    row = " ".join(str(getattr(event, field.attname)) for field in event._meta.concrete_fields)
    assert "siti" not in row.casefold()
    assert "rahman" not in row.casefold()
    found(team, "SG01-0001")
    assert AuditEvent.objects.filter(action=finding.SEARCHED).count() == 1, "a code is no identity"


def test_too_many_searches_are_refused_in_words_and_codes_still_find(
    team: Team, as_person: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PER_MINUTE", 2)
    monkeypatch.setattr(finding, "PER_DAY", 3)
    enrol(team.sg01, team.amina)
    enrol(team.kl01, team.budi)
    with time_machine.travel(NOW, tick=False) as clock:
        found(team, "Siti")
        found(team, "Noor")
        answer = as_person(team.amina).post(FIND, {"text": "Aziz"})
        assert answer.status_code == 429
        assert "2 names or contacts within a minute" in words(answer)
        assert found(team, "SG01-0001") == ["SG01-0001"]
        assert found(team, "Siti", team.budi) == ["KL01-0001"]
        clock.shift(61)
        found(team, "Aziz")
        clock.shift(61)
        with pytest.raises(TooManySearches, match="3 names or contacts within a day"):
            found(team, "Aziz")


@pytest.mark.parametrize("text", ["", "   ", "x" * 201])
def test_nothing_or_too_much_is_refused(team: Team, text: str) -> None:
    with pytest.raises(Invalid):
        found(team, text)


def test_old_and_new_keys_find_until_all_is_rotated(team: Team, settings: Settings) -> None:
    enrol(team.sg01, team.amina)
    former = list(settings.IDENTITY_KEYS)
    settings.IDENTITY_KEYS = ["another key, long enough to be a passphrase", *former]
    noor = IdentityData("Noor Rahman", "noor@example.org")
    enrol(team.sg01, team.amina, identity=noor)
    assert found(team, "Rahman") == ["SG01-0001", "SG01-0002"]
    rotate_identity_keys(by=SYSTEM)
    settings.IDENTITY_KEYS = settings.IDENTITY_KEYS[:1]
    assert found(team, "Rahman") == ["SG01-0001", "SG01-0002"]
    settings.IDENTITY_KEYS = former
    digests = identity_index.digests_of(team.study.pk, "word", "rahman")
    assert not IdentityDigest.objects.filter(digest__in=digests)


def test_who_was_recorded_before_there_was_an_index_is_found(team: Team) -> None:
    enrol(team.sg01, team.amina)
    IdentityDigest.objects.all().delete()
    assert found(team, "Siti") == ["SG01-0001"]


def test_a_corrected_name_is_found_and_the_former_is_not(team: Team) -> None:
    first = enrol(team.sg01, team.amina)
    corrected = IdentityData("Siti Aziz", SITI.email, SITI.phone)
    keep_identity(participant=first, identity=corrected, by=team.amina, reason="Misheard")
    assert found(team, "Aziz") == ["SG01-0001"]
    assert found(team, "Rahman") == []


def test_the_same_name_has_another_digest_in_another_study(team: Team) -> None:
    one, other = (
        identity_index.digests_of(study.pk, "word", "siti")
        for study in (team.study, team.other_study)
    )
    assert set(one).isdisjoint(other)


def test_erasure_removes_the_index(team: Team) -> None:
    first = enrol(team.sg01, team.amina)
    assert IdentityDigest.objects.exists()
    _remove_rows(first, gather(first))
    assert not Identity.objects.exists()
    assert not IdentityDigest.objects.exists()


def test_the_page_finds_and_says_what_to_type(team: Team, as_person: Sign) -> None:
    enrol(team.sg01, team.amina)
    screen(team.sg01, team.amina)
    browser = as_person(team.amina)
    listed = words(browser.get("/studies/MEL-8/participants/"))
    assert "whole words of the name" in listed
    answer = browser.post(FIND, {"text": "rahman siti"})
    assert "1 participant found" in words(answer)
    assert "/studies/MEL-8/participants/SG01-0001/" in answer.content.decode()
    assert "SG01-0002" not in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert "Nobody of that name" in words(browser.post(FIND, {"text": "Sit"}))
    assert browser.post(FIND, {"text": " "}).status_code == 422
    others = words(as_person(team.chandra).get(FIND))
    assert "A code or a part of it." in others
    assert "name" not in others.partition("Find a participant")[2].partition("Find")[0]
