"""Erasing: everything of a participant is found before, and nothing but the tombstone after."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from participants.canaries import Canaries, canaries_from
from participants.models import (
    Consent,
    DataRequest,
    Identity,
    Invitation,
    Message,
    Participant,
    Photo,
    RequestWork,
    Screening,
    Upload,
)
from participants.services import data_requests, erasure, identity
from participants.services.identity import IdentityData
from participants.services.key_rotation import rotate_identity_keys
from participants.services.record import record_about
from participants.services.searching import rows_about, search_stores
from studies import storage, work
from studies.actors import SYSTEM
from studies.models import AuditEvent
from studies.services.audit import find_breaks
from tests.conftest import Team
from tests.participants.erasing import (
    Filled,
    ask_to_erase,
    canaries_of,
    carry_out,
    fill,
    sessions_of,
)
from tests.participants.staff import screen
from tests.servers import redis_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(team: Team) -> Filled:
    return fill(team)


@pytest.fixture
def siti(filled: Filled) -> Participant:
    return filled.participant


def erase(participant: Participant) -> DataRequest:
    """Ask for it and carry it out; it must end."""
    request = ask_to_erase(participant)
    row = carry_out(request)
    assert row.state == "done", row.last_error
    return request


# --- What goes ---------------------------------------------------------------------------------


def test_everything_is_found_before_and_nothing_after(filled: Filled) -> None:
    siti = filled.participant
    canaries = canaries_of(siti)
    before = {found.store for found in search_stores(siti, canaries)}
    assert {"database", "files", "uploads"} <= before

    erase(siti)

    assert [found for found in search_stores(siti, canaries) if found.store != "record"] == []
    siti.refresh_from_db()
    assert siti.state == "erased"


def test_no_row_about_them_is_left_but_the_tombstone(filled: Filled) -> None:
    siti = filled.participant
    assert sum(rows.count() for _, rows in rows_about(siti)) > 8

    erase(siti)

    assert {name: rows.count() for name, rows in rows_about(siti) if rows.exists()} == {}
    for model in (Identity, Invitation, Message, Photo, Screening, Upload):
        assert not model.objects.exists(), model
    siti.refresh_from_db()
    assert (siti.code, siti.site.code) == ("SG01-0001", "SG01")
    about = (siti.year_of_birth, siti.fitzpatrick, siti.monk_tone, siti.sex, siti.ethnicity)
    assert about == (None, None, None, "undisclosed", "undisclosed")
    assert siti.visits.count() == 3, "the study can still say what was planned and done"


def test_a_consent_keeps_version_choices_and_dates_and_no_person(siti: Participant) -> None:
    given = Consent.objects.get()
    erase(siti)
    left = Consent.objects.get()
    assert (left.document, left.choices, left.given_at) == (
        given.document,
        given.choices,
        given.given_at,
    )
    assert bytes(left.sealed_name) == b""
    assert (left.pdf_file, left.signature_file, left.withdrawal_reason) == ("", "", "")
    with pytest.raises(FileNotFoundError):
        storage.read(given.pdf_file)


def test_no_file_or_folder_of_theirs_is_left(filled: Filled, settings: Settings) -> None:
    erase(filled.participant)
    names = "\n".join(storage.stored_names())
    for photo in filled.photos:
        assert str(photo.pk) not in names
        assert photo.sha256 not in names
    assert "consents/" not in names
    assert list(settings.UPLOAD_ROOT.iterdir()) == []


def test_their_phones_are_signed_out_and_nobody_elses(team: Team, filled: Filled) -> None:
    other = fill(team)
    assert sessions_of(filled.invitation) == 1
    erase(filled.participant)
    assert sessions_of(filled.invitation) == 0
    assert sessions_of(other.invitation) == 1


def test_nothing_of_anybody_else_is_touched(team: Team, filled: Filled) -> None:
    budi = IdentityData(name="Siti Rahman", email="other@example.org", phone="+65 9999 1111")
    other = fill(team, who=budi)  # even of the same name
    canaries = canaries_of(other.participant)
    found = sorted(map(str, search_stores(other.participant, canaries)))

    erase(filled.participant)

    assert sorted(map(str, search_stores(other.participant, canaries))) == found
    assert identity.open_identity(participant=other.participant, by=team.amina) == budi
    assert Photo.objects.count() == 3


def test_the_record_of_acts_stays_whole_and_says_what_was_done(siti: Participant) -> None:
    before = AuditEvent.objects.count()
    request = erase(siti)
    assert AuditEvent.objects.count() > before
    assert list(find_breaks()) == []
    event = AuditEvent.objects.get(action="participant.erase")
    assert event.new["removed"]["photos"] == 3
    assert event.new["number"] == request.number
    text = json.dumps([event.old, event.new, event.reason])
    for secret in ("Siti", "Rahman", "siti@example.org", "6123"):
        assert secret not in text


def test_the_plan_is_sealed_while_it_is_needed_and_then_gone(siti: Participant) -> None:
    request = ask_to_erase(siti)
    row = RequestWork.objects.get(request=request)
    RequestWork.objects.update(due_at=timezone.now())
    work.perform(RequestWork, row.pk, erasure.carry_out)  # waits for the receipt's message
    row.refresh_from_db()
    assert row.step == "begun"
    assert row.sealed_plan
    assert b"Siti" not in bytes(row.sealed_plan)
    assert Identity.objects.exists(), "the message needs the address"
    carry_out(request)
    row.refresh_from_db()
    assert bytes(row.sealed_plan) == b""


def test_the_receipts_message_leaves_before_the_address_goes(siti: Participant) -> None:
    request = ask_to_erase(siti)
    RequestWork.objects.update(due_at=timezone.now())
    work.perform(RequestWork, RequestWork.objects.get().pk, erasure.carry_out)
    message = Message.objects.get(kind="erasure_receipt")
    assert message.about == request.number


def test_the_receipt_says_what_went_what_stays_and_that_it_was_searched(
    siti: Participant,
) -> None:
    request = ask_to_erase(siti)
    token = data_requests.receipt_token(request)
    carry_out(request)
    assert data_requests.receipt_token(request) == "", "not even sealed any more"
    page = Client().get(f"/r/{token}/").content.decode()
    assert "Everything is erased" in page
    assert "3 photos" in page
    assert "Nothing was found." in page
    for secret in ("Siti", siti.code):
        assert secret not in page


def test_somebody_only_screened_can_be_erased(team: Team) -> None:
    participant = screen(team.sg01, team.amina)
    request = data_requests.ask(
        participant=participant, kind="erase", by=team.amina, reason="A call"
    )
    assert carry_out(request).state == "done"
    participant.refresh_from_db()
    assert participant.state == "erased"


# --- What is left over is found ----------------------------------------------------------------


def _in_the_database(siti: Participant, filled: Filled) -> None:
    other = Message.objects.exclude(participant=siti).first()
    assert other is not None
    Message.objects.filter(pk=other.pk).update(last_error="bounced: siti@example.org")


def _as_json(siti: Participant, filled: Filled) -> None:
    other = Message.objects.exclude(participant=siti).first()
    assert other is not None
    Message.objects.filter(pk=other.pk).update(covers=[str(filled.photos[0].pk)])


def _in_a_file(siti: Participant, filled: Filled) -> None:
    storage.private_storage().save("reports/list.txt", ContentFile(b"1. siti rahman, 2. nobody"))


def _as_a_copy_of_a_photo(siti: Participant, filled: Filled) -> None:
    body = storage.read(filled.photos[0].original_file)
    storage.private_storage().save("reports/copy.jpg", ContentFile(body))


def _in_the_cache(siti: Participant, filled: Filled) -> None:
    cache.set("seen", f"photo {filled.photos[1].pk}")


def _in_a_session(siti: Participant, filled: Filled) -> None:
    session = SessionStore()
    session["draft"] = {"to": "+65-6123-4567"}
    session.create()


HIDDEN = {
    "database": _in_the_database,
    "json": _as_json,
    "file": _in_a_file,
    "copy": _as_a_copy_of_a_photo,
    "cache": _in_the_cache,
    "session": _in_a_session,
}


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.mark.parametrize("where", HIDDEN)
def test_what_is_hidden_anywhere_stops_it_from_being_called_done(
    team: Team, filled: Filled, where: str
) -> None:
    fill(team, who=IdentityData(name="Tan Wei", email="tan@example.org"))
    siti = filled.participant
    request = ask_to_erase(siti)
    HIDDEN[where](siti, filled)

    row = carry_out(request)

    assert row.state == "queued", "it is tried again"
    assert "Not everything is gone" in row.last_error
    for secret in ("siti", "Rahman", "6123", str(filled.photos[0].pk)):
        assert secret not in row.last_error
    siti.refresh_from_db()
    assert (siti.state, request.state) == ("withdrawn", "open")


def test_it_is_set_aside_in_the_end_and_done_once_somebody_has_cleaned_up(
    team: Team, filled: Filled
) -> None:
    request = ask_to_erase(filled.participant)
    _in_a_file(filled.participant, filled)
    for _ in range(8):
        row = carry_out(request)
    assert row.state == "quarantined"
    assert request.state == "open"
    storage.private_storage().delete("reports/list.txt")
    data_requests.retry(request=request, by=team.amina)
    assert carry_out(request).state == "done"
    assert request.counts["photos"] == 3, "counted before anything went"


def test_a_name_in_the_record_is_told_and_does_not_block(filled: Filled) -> None:
    siti = filled.participant
    record_about(siti, "participant.note", by=SYSTEM, reason="Siti Rahman moved")
    request = erase(siti)
    assert request.counts["mentions"] == 1
    assert list(find_breaks()) == []


def test_a_participant_of_a_whole_scripts_name_is_found_without_spaces() -> None:
    canaries = Canaries(participant=1, name="张伟明", phone="+65 6123 4567")
    assert canaries.in_text("他是张伟明。") == {"name"}
    assert canaries.in_text(json.dumps("他是张伟明。")) == {"name"}
    assert canaries.in_text("call 65.6123-4567 now") == {"phone number"}
    assert canaries.in_text("1656123456799") == set()


def test_a_name_is_found_as_words_and_not_inside_others() -> None:
    canaries = Canaries(participant=1, name="Siti Rahman")
    assert canaries.in_text("for SITI  rahman.") == {"name"}
    assert canaries.in_text("Siti Rahmanova") == set()
    assert Canaries(participant=1, name="Li").in_text("Li is here") == set()


def test_canaries_survive_sealing_and_show_nothing() -> None:
    canaries = Canaries(1, "Siti", "s@example.org", "1", frozenset({"ab"}), frozenset({"cd"}))
    assert canaries_from(canaries.as_json()) == canaries
    assert "Siti" not in repr(canaries)


def test_a_copy_of_a_photo_that_a_model_was_tried_on_goes_too(filled: Filled) -> None:
    body = storage.read(filled.photos[0].original_file)
    name, _ = storage.store("trials", "b1a2", body, suffix=".bin")
    erase(filled.participant)
    assert name not in list(storage.stored_names())


@pytest.mark.full
def test_what_redis_keeps_is_searched_too(
    filled: Filled, settings: Settings, tmp_path: Path
) -> None:
    canaries, before = canaries_of(filled.participant), settings.CACHES
    with redis_server(tmp_path) as url:
        backend = "django.core.cache.backends.redis.RedisCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": url}}
        cache.set("seen", f"photo {filled.photos[0].pk}")
        bells = redis.Redis.from_url(url)
        bells.rpush("celery", "siti@example.org")
        bells.hset("unacked", "1", "Siti Rahman")
        found = search_stores(filled.participant, canaries)
        cache.clear()
        bells.close()
        settings.CACHES = before
    what = {one.what for one in found if one.store == "cache"}
    assert what == {"photo's id", "e-mail address", "name"}


# --- Killed in the middle ----------------------------------------------------------------------


class Killed(BaseException):
    """The worker is gone: nothing after it happens, no exception handler, no clean-up."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", [*erasure.STEPS, "mark"])
def test_a_worker_killed_at_any_step_is_taken_over(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    siti = filled.participant
    canaries = canaries_of(siti)
    request = ask_to_erase(siti)
    mark = erasure._mark
    real = mark if step == "mark" else erasure.STEPS[step]

    def dies(*args: object) -> None:
        if when == "after":
            real(*args)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patch:
        if step == "mark":
            patch.setattr(erasure, "_mark", dies)
        else:
            patch.setitem(erasure.STEPS, step, dies)
        with pytest.raises(Killed):
            carry_out(request)
    row = RequestWork.objects.get(request=request)
    assert row.state == "running", "its lease runs out, nobody gave it back"
    RequestWork.objects.update(lease_until=timezone.now())

    assert carry_out(request).state == "done"

    assert [found for found in search_stores(siti, canaries) if found.store != "record"] == []
    assert request.counts["photos"] == 3
    assert AuditEvent.objects.filter(action="participant.erase").count() == 1


def test_what_lost_its_lease_writes_nothing(filled: Filled) -> None:
    request = ask_to_erase(filled.participant)
    RequestWork.objects.update(due_at=timezone.now())
    claim = work.claim(RequestWork, request.work.pk)
    assert claim is not None
    RequestWork.objects.update(token=claim.token + 1)
    with pytest.raises(work.LeaseLost):
        erasure.carry_out(claim)
    assert Identity.objects.exists()


# --- Afterwards --------------------------------------------------------------------------------


def test_nothing_can_be_asked_of_nobody(siti: Participant) -> None:
    erase(siti)
    siti.refresh_from_db()
    with pytest.raises(Exception, match="erased already"):
        ask_to_erase(siti)


def test_after_an_older_database_is_restored_they_are_erased_again(siti: Participant) -> None:
    erase(siti)
    out = io.StringIO()
    call_command("reapply_erasures", "--list", stdout=out)
    assert out.getvalue() == "MEL-8 SG01-0001\n"
    # The database of before the erasure: the participant is there, the request is not.
    DataRequest.objects.all().delete()
    Participant.objects.update(state="completed", use="full")

    out = io.StringIO()
    call_command("reapply_erasures", stdout=out)

    assert "is erased again" in out.getvalue()
    assert carry_out(DataRequest.objects.get()).state == "done"
    siti.refresh_from_db()
    assert siti.state == "erased"


def test_after_older_files_are_restored_they_are_removed_again(filled: Filled) -> None:
    siti, photo = filled.participant, filled.photos[0]
    body = storage.read(photo.original_file)
    record_about(siti, "photo.receive", by=siti, target=photo)
    erase(siti)
    storage.private_storage().save(photo.original_file, ContentFile(body))

    out = io.StringIO()
    call_command("reapply_erasures", stdout=out)

    assert "files that came back: 1" in out.getvalue()
    assert str(photo.pk) not in "\n".join(storage.stored_names())


def test_keys_are_still_rotated_when_somebody_is_erased(
    siti: Participant, settings: Settings
) -> None:
    erase(siti)
    settings.IDENTITY_KEYS = ["another passphrase, long enough for it", *settings.IDENTITY_KEYS]
    rotate_identity_keys(by=SYSTEM)
    assert bytes(Consent.objects.get().sealed_name) == b""


def test_a_sealed_plan_is_opened_after_the_keys_were_changed(
    siti: Participant, settings: Settings
) -> None:
    request = ask_to_erase(siti)
    token = data_requests.receipt_token(request)
    RequestWork.objects.update(due_at=timezone.now())
    work.perform(RequestWork, request.work.pk, erasure.carry_out)
    settings.IDENTITY_KEYS = ["another passphrase, long enough for it", *settings.IDENTITY_KEYS]
    rotate_identity_keys(by=SYSTEM)
    settings.IDENTITY_KEYS = settings.IDENTITY_KEYS[:1]
    request.refresh_from_db()
    assert data_requests.receipt_token(request) == token
    assert carry_out(request).state == "done"
