"""The demonstration: loaded once, through the real services, however often it is started."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from inference.demo import actions, story
from inference.demo.clock import acting_at
from inference.packages.models import StudyModel
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.people.models import Invitation, Participant
from participants.visits import services as visits
from studies.access.models import Membership, User
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from studies.record.services.proof import find_breaks
from tests.factories import NOW
from tests.inference.pipeline.tiny_package import write_tiny_package

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SHIPPED_MODEL_PACKAGE = write_tiny_package(tmp_path)
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(actions, "WIDTH", 270)
    monkeypatch.setattr(actions, "HEIGHT", 360)


def test_it_prints_a_login_for_every_role_and_one_working_link(tmp_path: Path) -> None:
    call_command("load_demo", "--people-only")
    told = (tmp_path / "demo.txt").read_text()
    for name, role, _site in story.STAFF:
        assert f"{name.split()[0].lower()}@demo.example" in told
        assert role in told
        assert User.objects.get(name=name).check_password(story.PASSWORD)
    link = next(word for word in told.split() if "/p/" in word)
    assert len(link.rstrip("/").rsplit("/", 1)[-1]) >= 43
    assert {m.role for m in Membership.objects.all()} >= {"manager", "coordinator", "monitor"}
    assert "a visit may show as missed" in told
    assert StudyModel.objects.get().package.demonstrator


def test_one_participant_reads_tamil_and_one_thai_and_their_links_are_printed(
    tmp_path: Path,
) -> None:
    call_command("load_demo", "--people-only")
    told = (tmp_path / "demo.txt").read_text()
    assert told.count("/p/") == 3
    for code, name in (("ta", "தமிழ்"), ("th", "ไทย")):
        reader = Participant.objects.get(language=code)
        assert f"{reader.code} reads {name}:" in told
        assert Consent.objects.get(participant=reader).document.language == code
        visit = visits.open_visit(reader, visits.today(reader.study))
        assert visit is not None
        assert visit.definition.code == "day-28"


def counts() -> tuple[int, int, int]:
    return Participant.objects.count(), Photo.objects.count(), Consent.objects.count()


def test_started_again_it_does_nothing_twice_and_makes_a_fresh_link() -> None:
    def start() -> None:
        call_command("load_demo", "--people-only")
        call_command("load_demo", "--study", "MEL-8", "--participants", "2", stdout=io.StringIO())

    start()
    before = counts()
    assert before == (5, 30, 5), "two who are through, and three whose visit is open"
    start()
    assert counts() == before
    days = {(p.taken_at.date() - p.received_at.date()).days for p in Photo.objects.all()}
    assert days == {0}, "each says when it was taken, as a phone's photo does"
    assert Study.objects.count() == 1
    links = Invitation.objects.filter(participant=actions.participant_of(story.character(14)))
    assert links.filter(revoked_at=None).count() == 1
    assert links.count() == 3
    assert list(find_breaks()) == []


def test_acts_are_recorded_on_the_days_of_the_story() -> None:
    call_command("load_demo", "--people-only")
    who = actions.participant_of(story.character(14))
    enrolled = AuditEvent.objects.get(action="participant.enrol", participant_code=who.code)
    issued = AuditEvent.objects.filter(action="invitation.issue", participant_code=who.code).latest(
        "sequence"
    )
    assert (issued.at - enrolled.at).days == 14


def test_it_is_refused_in_production(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not for production"):
        call_command("load_demo")
    with pytest.raises(RuntimeError, match="only set back"), acting_at(NOW):
        pass
