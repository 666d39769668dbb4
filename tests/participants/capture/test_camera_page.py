"""What the camera's page and the engine's frame carry: policies, thresholds, words, addresses."""

import json

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import translation

from participants.capture.views import engine, guided
from participants.capture.views.guided import ASKED_BEFORE
from participants.imaging.errors import MESSAGES
from participants.imaging.formats import FORMATS
from participants.imaging.profiles import NORMAL, PROFILES, SENTENCES, VIEW_YAW
from studies.protocol.models import Study
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone

pytestmark = pytest.mark.usefixtures("on_the_day")


def camera_data(phone: Phone, view: str = "front") -> dict:
    page = phone.client.get(f"/my/visits/week-0/{view}/").content.decode()
    return json.loads(page.split('id="camera-data" type="application/json">')[1].split("</")[0])


def policy(response) -> dict[str, set[str]]:
    rules = (rule.split() for rule in response["Content-Security-Policy"].split(";"))
    return {name: set(values) for name, *values in rules}


# --- The two policies --------------------------------------------------------------------------


def test_only_the_frame_may_compile_code_and_it_may_do_little_else(db):
    frame = Client().get("/my/engine/")
    assert policy(frame) == {
        "default-src": {"'none'"},
        "script-src": {"'self'", "'unsafe-eval'", "'wasm-unsafe-eval'"},
        "connect-src": {"'self'"},
        "base-uri": {"'none'"},
        "form-action": {"'none'"},
        "frame-ancestors": {"'self'"},
    }
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("address", ["/my/", "/my/visits/week-0/front/"])
def test_the_pages_keep_their_strict_policy(phone, address):
    response = phone.client.get(address)
    rules = policy(response)
    assert "unsafe" not in response["Content-Security-Policy"]
    assert rules["default-src"] == {"'self'"}
    assert rules["frame-ancestors"] == {"'none'"}
    assert response["X-Frame-Options"] == "DENY"


def test_the_frame_asks_for_no_session_and_sets_none(db):
    response = Client().get("/my/engine/")
    assert response.status_code == 200
    assert response.cookies == {}
    assert Client().post("/my/engine/").status_code == 405


def test_the_frame_is_told_the_address_of_every_file_of_the_engine(db, settings):
    page = Client().get("/my/engine/").content.decode()
    files = json.loads(page.split('id="files" type="application/json">')[1].split("</")[0])
    assert files == engine.addresses()
    for name, address in files.items():
        assert finders.find(address.removeprefix(settings.STATIC_URL)), name


# --- Thresholds and words ----------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["normal", "strict"])
def test_the_phone_guides_by_the_studys_own_thresholds(phone, profile):
    Study.objects.update(quality_profile=profile)
    data = camera_data(phone)
    assert data["refuses"]
    assert data["gates"].keys() == PROFILES[profile].gates.keys()
    for code, gate in PROFILES[profile].gates.items():
        told = data["gates"][code]
        assert (told["warn"], told["reject"], told["worse"]) == (gate.warn, gate.reject, gate.worse)
    assert data["viewYaw"] == dict(VIEW_YAW)


def test_a_study_that_refuses_nothing_still_guides(phone):
    Study.objects.update(quality_profile="off")
    data = camera_data(phone)
    assert not data["refuses"]
    assert data["gates"].keys() == NORMAL.gates.keys()


def test_what_is_wrong_is_told_in_the_servers_own_sentences(phone):
    sentences = camera_data(phone)["sentences"]
    assert sentences.keys() <= SENTENCES.keys()
    assert all(sentences[code] == SENTENCES[code] for code in sentences)


def test_sentences_come_in_the_participants_language(phone):
    with translation.override("id"):
        expected = translation.gettext(SENTENCES["too_dark"])
    Study.objects.update(languages=["en", "id"])
    phone.participant.language = "id"
    phone.participant.save()
    assert camera_data(phone)["sentences"]["too_dark"] == expected


def test_every_view_of_the_visit_is_in_the_page_with_its_address(phone):
    steps = camera_data(phone)["steps"]
    assert [step["view"] for step in steps] == ["front", "left", "right"]
    assert [step["url"] for step in steps] == [
        f"/my/visits/week-0/{view}/" for view in ("front", "left", "right")
    ]
    assert all(step["state"] == "todo" and step["words"] for step in steps)


@pytest.mark.parametrize("code", sorted(guided.PICTURES))
def test_each_reason_with_a_drawing_has_one(phone, code):
    reasons = [{"code": code, "message": SENTENCES[code]}]
    PhotoFactory(visit=phone.visit, state="retake_wanted", retake_reasons=reasons)
    page = phone.client.get("/my/visits/week-0/front/").content.decode()
    notice = page.split("data-better>")[1].split("</div>")[0]
    assert notice.count("<svg") == 2
    assert 'aria-label="' in notice
    assert 'aria-label=""' not in notice


def test_the_phone_asks_the_servers_own_list_of_formats(phone):
    data = camera_data(phone)
    assert data["formats"] == {name: kind.max_pixels for name, kind in FORMATS.items()}
    assert data["refusals"] == {code: MESSAGES[code] for code in ASKED_BEFORE}
