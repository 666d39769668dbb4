"""Stored files are compared with their hashes night by night, and what is found is told."""

from datetime import timedelta
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from participants.capture.models import Photo
from studies.backup.models import DamagedFile, FileCheck
from studies.backup.services import checking, stored_files
from studies.backup.services.damage import files_standing
from studies.backup.tasks import check_files
from studies.platform import storage
from studies.platform.models import WorkerHeartbeat
from tests.conftest import Team
from tests.participants.privacy.erasing import Filled, erase, fill
from tests.studies.backup.conftest import Kept, run

pytestmark = pytest.mark.django_db
PAGE = "/studies/MEL-8/work/"
EVERY = 14  # of three photos four each; copy and signature of a consent


@pytest.fixture
def filled(team: Team) -> Filled:
    return fill(team)


def stored(name: str) -> Path:
    return Path(storage.private_storage().path(name))


def tonight() -> FileCheck:
    """A check, made as a worker would."""
    row = FileCheck.objects.create()
    check_files(str(row.pk))
    row.refresh_from_db()
    return row


def open_names() -> set[str]:
    return set(DamagedFile.objects.filter(mended_at=None).values_list("name", flat=True))


def see(client: Client, address: str) -> str:
    return client.get(address).content.decode()


# --- Night by night ----------------------------------------------------------------------------


def test_a_night_looks_at_every_file_of_a_small_study(filled: Filled) -> None:
    row = tonight()
    assert (row.state, row.files, row.damaged, row.round_done) == ("done", EVERY, 0, True)
    assert row.bytes > 0


def test_nights_share_a_large_study_and_each_goes_on_where_the_last_stopped(
    filled: Filled, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VERIFY_FILES_A_NIGHT = 5
    monkeypatch.setattr(stored_files, "BATCH", 2)
    looked: list[str] = []
    look = stored_files.Seen.look

    def noting(self: stored_files.Seen, name: str, kept: str = "") -> str:
        looked.append(name)
        return look(self, name, kept)

    monkeypatch.setattr(stored_files.Seen, "look", noting)
    nights = [tonight()]
    while not nights[-1].round_done:
        nights.append(tonight())
        assert len(nights) < 6
    assert len(nights) > 1
    assert all(5 <= night.files < 8 for night in nights[:-1])
    assert len(set(looked)) == EVERY
    # A photo's own number is what an erasure looks for: none stays behind.
    photos = {str(photo.pk) for photo in filled.photos}
    assert not photos & {night.at_key for night in nights}
    assert (tonight().files, len(looked)) != (0, EVERY), "the next night begins anew"


def test_a_part_that_was_cut_off_is_gone_on_with(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "PART_SECONDS", -1)
    row = tonight()
    assert (row.state, row.round_done) == ("queued", False)
    monkeypatch.undo()
    check_files(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.round_done) == ("done", True)
    assert EVERY <= row.files <= EVERY + 1


def test_two_at_once_wait_for_each_other(filled: Filled) -> None:
    now = timezone.now()
    FileCheck.objects.create(
        state="running", started_at=now, lease_until=now + timedelta(minutes=5), token=1
    )
    row = tonight()
    assert (row.state, row.files) == ("queued", 0)
    assert "Another check of the files is under way" in row.last_error


def test_each_night_plans_the_next(filled: Filled, settings: Settings) -> None:
    first = checking.plan_check()
    assert first is not None
    assert checking.plan_check() == first
    assert (first.due_at.hour, first.due_at > timezone.now()) == (settings.VERIFY_HOUR, True)
    settings.VERIFY_FILES_A_NIGHT = 0
    assert checking.plan_check() is None


# --- What is found -----------------------------------------------------------------------------


def test_what_is_damaged_is_told_to_who_may_see_it_until_it_is_whole(
    filled: Filled, team: Team, kept: Kept, client: Client
) -> None:
    run("backup")
    name = filled.photos[0].upright_file
    stored(name).write_bytes(b"rotten")
    assert (tonight().damaged, open_names()) == (1, {name})
    assert tonight().damaged == 0, "told once"
    WorkerHeartbeat.objects.create(name="one", seen_at=timezone.now())
    answer = client.get("/health/all/")
    assert (answer.status_code, answer.json()["files"]) == (503, "damaged")
    told = answer.json()["verified"]
    assert (told["files"], told["damaged"], bool(told["at"])) == (EVERY, 1, True)

    client.force_login(team.dewi)
    page = see(client, PAGE)
    for words in (name, "not what was stored", "1 damaged"):
        assert words in page
    overview = see(client, "/studies/MEL-8/")
    assert "stored file or row that is damaged" in overview
    assert "work/#damaged" in overview

    assert list(Photo.objects.filter(kept_out=True)) == [filled.photos[0]]

    run("restore", "--file", name, "--key", kept.key)
    tonight()
    assert open_names() == set()
    assert not Photo.objects.filter(kept_out=True).exists()
    assert client.get("/health/all/").json()["files"] == "ok"
    page = see(client, PAGE)
    assert name not in page
    assert "0 damaged" in page


def test_another_sites_people_do_not_hear_of_it(filled: Filled, team: Team) -> None:
    name = filled.photos[0].upright_file
    stored(name).unlink()
    tonight()
    client = Client()
    client.force_login(team.budi)
    assert name not in see(client, PAGE)


def test_the_command_tells_the_pages_too(filled: Filled) -> None:
    name = filled.photos[0].original_file
    body = stored(name).read_bytes()
    stored(name).unlink()
    with pytest.raises(CommandError):
        run("verify_storage")
    assert open_names() == {name}
    stored(name).write_bytes(body)
    run("verify_storage")
    assert open_names() == set()


def test_an_erased_persons_files_are_forgotten(filled: Filled) -> None:
    stored(filled.photos[0].upright_file).write_bytes(b"rotten")
    tonight()
    erase(filled.participant)
    assert not DamagedFile.objects.exists()


def test_a_file_that_no_row_names_any_more_is_forgotten(filled: Filled) -> None:
    stored(filled.photos[0].upright_file).write_bytes(b"rotten")
    tonight()
    Photo.objects.filter(pk=filled.photos[0].pk).update(upright_file="", upright_sha256="")
    assert Photo.objects.filter(kept_out=True).exists()
    tonight()
    assert not Photo.objects.filter(kept_out=True).exists()
    assert not DamagedFile.objects.exists()


# --- A store that is away ----------------------------------------------------------------------


def test_a_bucket_that_goes_away_ends_in_words_and_nothing_is_marked(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_kwargs: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3.example.org")

    monkeypatch.setattr(storage.DurableFileSystemStorage, "open", away)
    row = tonight()
    assert row.state == "queued", "it is tried again"
    assert "Could not connect to the endpoint URL" in row.last_error
    assert "Traceback" not in row.last_error
    with pytest.raises(CommandError, match="does not answer: Could not connect"):
        run("verify_storage")
    assert open_names() == set()


def test_who_watches_hears_that_nobody_looked(client: Client) -> None:
    assert files_standing().late is False
    then = timezone.now() - timedelta(hours=40)
    FileCheck.objects.create(created_at=then)
    assert client.get("/health/all/").json()["files"] == "late"
    FileCheck.objects.create(state="done", finished_at=timezone.now() - timedelta(hours=2))
    assert client.get("/health/all/").json()["files"] == "ok"
