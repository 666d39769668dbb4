"""What an erasure left over is found, and keeps it from being called done."""

import json
from pathlib import Path

import pytest
import redis
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.files.base import ContentFile
from pytest_django.fixtures import Settings

from participants.messaging.models import Message
from participants.people.models import Participant
from participants.people.services.identity import IdentityData
from participants.people.services.record import record_about
from participants.privacy.search_terms import SearchTerms, search_terms_from
from participants.privacy.services import data_requests
from participants.privacy.services.searching import search_stores
from studies.platform import storage
from studies.platform.actors import SYSTEM
from studies.record.models import AuditEvent
from studies.record.services.proof import find_breaks
from tests.conftest import Team
from tests.participants.people.factories import ParticipantFactory
from tests.participants.privacy.erasing import (
    Filled,
    ask_to_erase,
    canaries_of,
    carry_out,
    erase,
    fill,
)
from tests.servers import redis_server

pytestmark = pytest.mark.django_db


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


def test_a_name_in_the_record_of_somebody_else_is_told_and_does_not_block(filled: Filled) -> None:
    siti = filled.participant
    other = ParticipantFactory(study=siti.study, site=siti.site)
    record_about(other, "participant.note", by=SYSTEM, reason="Came with Siti Rahman")
    request = erase(siti)
    assert request.counts["mentions"] == 1
    assert list(find_breaks()) == []


def test_what_the_record_told_of_them_is_forgotten(filled: Filled) -> None:
    siti = filled.participant
    record_about(siti, "participant.note", by=SYSTEM, reason="Siti Rahman moved")
    request = erase(siti)
    assert request.counts["mentions"] == 0
    note = AuditEvent.objects.get(action="participant.note")
    assert (note.contents.legible, note.contents.reason) == ("forgotten", "")
    assert list(find_breaks()) == []


def test_an_erasure_does_not_end_while_the_record_can_still_tell(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask_to_erase(filled.participant)
    monkeypatch.setattr("studies.record.services.forget", lambda **given: True)
    row = carry_out(request)
    assert row.state != "done"
    assert "still legible in keys" in row.last_error


@pytest.mark.full
def test_what_redis_keeps_is_searched_too(
    filled: Filled, settings: Settings, tmp_path: Path
) -> None:
    terms, before = canaries_of(filled.participant), settings.CACHES
    with redis_server(tmp_path) as url:
        backend = "django.core.cache.backends.redis.RedisCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": url}}
        cache.set("seen", f"photo {filled.photos[0].pk}")
        bells = redis.Redis.from_url(url)
        bells.rpush("celery", "siti@example.org")
        bells.hset("unacked", "1", "Siti Rahman")
        found = search_stores(filled.participant, terms)
        cache.clear()
        bells.close()
        settings.CACHES = before
    what = {one.what for one in found if one.store == "cache"}
    assert what == {"photo's id", "e-mail address", "name"}


# --- What is looked for ------------------------------------------------------------------------


def test_a_participant_of_a_whole_scripts_name_is_found_without_spaces() -> None:
    terms = SearchTerms(participant=1, name="张伟明", phone="+65 6123 4567")
    assert terms.in_text("他是张伟明。") == {"name"}
    assert terms.in_text(json.dumps("他是张伟明。")) == {"name"}
    assert terms.in_text("call 65.6123-4567 now") == {"phone number"}
    assert terms.in_text("1656123456799") == set()


def test_a_name_is_found_as_words_and_not_inside_others() -> None:
    terms = SearchTerms(participant=1, name="Siti Rahman")
    assert terms.in_text("for SITI  rahman.") == {"name"}
    assert terms.in_text("Siti Rahmanova") == set()
    assert SearchTerms(participant=1, name="Li").in_text("Li is here") == set()


def test_canaries_survive_sealing_and_show_nothing() -> None:
    terms = SearchTerms(1, "Siti", "s@example.org", "1", frozenset({"ab"}), frozenset({"cd"}))
    assert search_terms_from(terms.as_json()) == terms
    assert "Siti" not in repr(terms)
