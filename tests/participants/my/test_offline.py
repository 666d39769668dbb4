"""What a phone needs to work without a connection: today's state, the worker, the manifest."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from participants.consent.models import Consent
from participants.my import assets as phone_assets
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone

pytestmark = pytest.mark.usefixtures("on_the_day")


def today(phone: Phone) -> dict:
    response = phone.client.get("/my/today.json")
    assert response.status_code == 200, response.content
    assert response["Cache-Control"] == "private, no-store"
    return response.json()


class TestToday:
    def test_it_tells_whose_session_the_time_and_the_steps(self, phone):
        PhotoFactory(visit=phone.visit, view="left", state="received")
        told = today(phone)
        assert told["participant"] == str(phone.participant.outbox_owner)
        assert told["now"] == NOW.isoformat()
        assert told["visit"]["code"] == "week-0"
        assert [(step["view"], step["state"]) for step in told["steps"]] == [
            ("front", "todo"),
            ("left", "checking"),
            ("right", "todo"),
        ]
        assert told["consent"] == "current"

    def test_it_names_nobody(self, phone):
        text = phone.client.get("/my/today.json").content.decode()
        assert phone.participant.code not in text

    def test_its_token_lets_an_upload_in(self, phone):
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = phone.client.cookies
        token = strict.get("/my/today.json").json()["csrf"]
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5"}
        refused = strict.post("/my/uploads/", headers=headers)
        assert refused.status_code == 403
        let_in = strict.post("/my/uploads/", headers={**headers, "X-CSRFToken": token})
        assert let_in.json()["type"] == "urn:gsh:problem:upload_invalid"

    def test_without_consent_it_says_so(self, phone):
        Consent.objects.update(state=Consent.State.WITHDRAWN)
        assert today(phone)["consent"] == "missing"

    def test_without_a_session_it_is_a_problem_that_scripts_understand(self):
        answer = Client().get("/my/today.json")
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:gsh:problem:link_needed"


class TestWorker:
    def test_it_is_a_script_for_the_participants_pages_and_nobody_in_particular(self, db):
        answer = Client().get("/my/sw.js")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer["Service-Worker-Allowed"] == "/my/"
        assert answer["Cache-Control"] == "no-cache"
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not answer.cookies

    def test_the_plain_one_imports_nothing(self, db):
        module = Client().get("/my/sw.js").content.decode()
        plain = Client().get("/my/sw.js?classic").content.decode()
        assert module.startswith("import { drain } from")
        assert "import" not in plain.split("const CONFIG")[0]

    def test_what_it_keeps_exists_and_holds_what_the_pages_load(self):
        names = phone_assets.shell_names()
        assert all(finders.find(name) for name in names)
        wanted = {
            "css/mine.css",
            "css/queue.css",
            "js/participants/my/home.js",
            "js/participants/capture/outbox_store.js",  # imported by a module that a page names
            "lib/idb/umd.js",  # imported from outside our own modules
            "icons.svg",
        }
        assert wanted <= set(names)
        assert not any("face_mesh" in name for name in names)  # megabytes, on first use

    def test_it_keeps_every_stylesheet_that_the_home_page_asks_for(self, phone):
        page = phone.client.get("/my/").content.decode()
        asked = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
        assert asked
        assert set(asked) <= set(phone_assets.shell_addresses())


class TestManifest:
    def test_it_is_in_the_participants_language_and_starts_at_home(self, db):
        answer = Client().get("/my/manifest.webmanifest?language=ms")
        assert answer["Content-Type"] == "application/manifest+json"
        told = answer.json()
        assert told["start_url"] == told["scope"] == "/my/"
        assert told["lang"] == "ms"
        assert Client().get("/my/manifest.webmanifest?language=xx").json()["lang"] == "en"

    def test_its_icons_are_the_size_they_say(self, db):
        for icon in Client().get("/my/manifest.webmanifest").json()["icons"]:
            with Image.open(finders.find(icon["src"].removeprefix("/static/"))) as image:
                assert f"{image.width}x{image.height}" == icon["sizes"]


def test_the_page_without_a_line_is_the_participants_own(phone):
    shown = phone.client.get("/my/offline/")
    assert "No connection just now" in shown.content.decode()
    assert Client().get("/my/offline/").status_code == 403
