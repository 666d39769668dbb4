"""Whatever stops a photo's check: staff are told, the participant has an answer, and it changes."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import time_machine
from PIL import Image

from participants.capture.models import Photo, PhotoCheck
from participants.capture.services import checks
from participants.capture.steps import HELD
from participants.imaging.errors import DecoderFailed
from studies.platform import work
from studies.platform.storage import private_storage
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.capture.test_photo_check import arrive, check
from tests.participants.phone import Phone

FRONT = "/my/visits/week-0/front/"
WORK = "/studies/MEL-8/work/"

pytestmark = pytest.mark.usefixtures("on_the_day")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 800), (180, 140, 120)).save(out, "JPEG")
    return out.getvalue()


def killed_workers(photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each worker claims the row and is never heard of again."""
    for day in range(7):
        with time_machine.travel(NOW + timedelta(days=day), tick=False):
            work.claim(PhotoCheck, photo.check_work.pk)


def raising(error: Exception) -> Callable[..., Any]:
    def fails(*_args: object, **_kwargs: object) -> Any:
        raise error

    return fails


def at_place(name: str, error: Exception) -> Callable[[Photo, pytest.MonkeyPatch], None]:
    """Let one step of the check fail until its attempts are spent."""

    def stop(photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(checks, name, raising(error))
            for _ in range(5):
                PhotoCheck.objects.update(due_at=NOW)
                check(photo)

    return stop


def lost_file(photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    private_storage().delete(photo.original_file)
    at_place("_judge", AssertionError("not reached"))(photo, monkeypatch)
    private_storage().save(photo.original_file, io.BytesIO(picture()))


STOPS = {
    "killed workers": killed_workers,
    "killed decoders": at_place("decode_photo", DecoderFailed("killed from outside")),
    "an exception while judging": at_place("assess_quality", ZeroDivisionError("division")),
    "an exception while encoding": at_place("encode_clean", OSError("broken data stream")),
    "an exception while writing": at_place("_conclude", KeyError("state")),
    "beyond help": at_place("_judge", work.PermanentFailure("The disk is not there.")),
    "a stored file that is not there": lost_file,
}


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_whatever_stops_it_both_sides_are_told_and_a_retry_gives_the_true_answer(
    phone: Phone, monkeypatch, stop, as_person, team
):
    photo = arrive(phone, picture())
    stop(photo, monkeypatch)
    photo.refresh_from_db()
    assert (photo.state, photo.check_work.state) == ("received", "quarantined")

    answer = phone.client.get(f"/my/photos/{photo.pk}/").json()
    assert (answer["state"], answer["reasons"]) == ("held", [str(HELD)])
    [step, *_] = phone.client.get("/my/today.json").json()["steps"]
    assert (step["state"], step["reasons"]) == ("held", [str(HELD)])
    for address in ("/my/", FRONT):
        shown = phone.client.get(address).content.decode()
        assert str(HELD) in shown
    assert "Please take this photo again" not in visible(shown)

    amina = as_person(team.amina)
    assert photo.visit.participant.code in amina.get(WORK).content.decode()
    visit = f"/studies/MEL-8/participants/{photo.visit.participant.code}/visits/week-0/"
    assert "The check has stopped" in amina.get(visit).content.decode()

    amina.post(f"{WORK}check/{photo.check_work.pk}/retry/")
    assert phone.client.get(f"/my/photos/{photo.pk}/").json()["state"] == "received"
    assert phone.client.get("/my/today.json").json()["steps"][0]["state"] == "checking"
    check(photo)
    answer = phone.client.get(f"/my/photos/{photo.pk}/").json()
    assert answer["state"] == "retake_wanted"
    assert answer["reasons"]
    assert str(HELD) not in answer["reasons"]
    assert str(HELD) not in phone.client.get(FRONT).content.decode()


def visible(page: str) -> str:
    """What the page shows before any script: without what is hidden."""
    return page.replace(page[page.index("<div data-reasons") : page.index("data-panel")], "")


def test_nothing_more_is_asked_and_another_may_be_taken(phone: Phone):
    held = PhotoFactory(visit=phone.visit, view="front", state="received")
    PhotoCheck.objects.create(photo=held, state="quarantined")
    home = phone.client.get("/my/")
    assert home.context["next_step"].view == "left"
    assert f'href="{FRONT}"' in home.content.decode()
    assert 'type="file"' in phone.client.get(FRONT).content.decode()
    newer = arrive(phone, picture())
    assert phone.client.get("/my/today.json").json()["steps"][0]["photo"] == str(newer.pk)


def test_all_held_is_no_thanks_for_good_photos_and_asks_nothing(phone: Phone):
    for view in ("front", "left", "right"):
        photo = PhotoFactory(visit=phone.visit, view=view, state="received")
        PhotoCheck.objects.create(photo=photo, state="quarantined")
    home = phone.client.get("/my/")
    assert home.context["situation"] == "held"
    assert "are complete" not in home.content.decode()
    assert "3 of 3 photos taken" in home.content.decode()


@pytest.mark.parametrize("state", ["queued", "running", "done"])
def test_work_under_way_is_not_held(phone: Phone, state: str):
    photo = PhotoFactory(visit=phone.visit, state="received")
    PhotoCheck.objects.create(photo=photo, state=state)
    assert phone.client.get(f"/my/photos/{photo.pk}/").json()["state"] == "received"


def test_noise_that_hardly_packs_is_checked_like_any_photo(phone: Phone):
    noise = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    photo = check(arrive(phone, out.getvalue()))
    assert (photo.state, photo.check_work.state) == ("retake_wanted", "done")
    assert photo.upright_file
