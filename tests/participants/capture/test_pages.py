"""The page of one view: taking a photo, what became of it, and the way without JavaScript."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from participants.capture.models import Photo
from participants.consent.models import Consent
from studies.platform.storage import read
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import JPEG, Phone, make_phone
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

FRONT = "/my/visits/week-0/front/"

pytestmark = pytest.mark.usefixtures("on_the_day")


def page(phone: Phone, address: str = "/my/") -> str:
    response = phone.client.get(address)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


class TestCapture:
    def test_the_page_of_a_view_asks_the_camera_for_one_photo(self, phone):
        shown = page(phone, FRONT)
        assert 'accept="image/*" capture="user"' in shown
        assert "Look straight into the camera." in shown

    def test_left_means_the_participants_own_left_cheek(self, phone):
        shown = page(phone, "/my/visits/week-0/left/")
        assert "Turn your head to your right" in shown
        assert "left cheek faces the phone" in shown

    @pytest.mark.parametrize("address", ["/my/visits/week-0/top/", "/my/visits/other/front/"])
    def test_a_view_or_visit_that_is_not_asked_for_is_not_found(self, phone, address):
        assert phone.client.get(address).status_code == 404

    def test_a_visit_that_only_another_participant_has_is_not_found(self, phone, team):
        VisitFactory(
            participant=make_phone(team.sg01, code="SG01-0008").participant,
            definition=VisitDefinitionFactory(study=team.study, code="extra", day_offset=3),
        )
        assert phone.client.get("/my/visits/extra/front/").status_code == 404

    def test_outside_the_window_the_page_says_the_dates_and_offers_no_camera(self, phone):
        with time_machine.travel(NOW + timedelta(days=7), tick=False):
            phone.sign_in()
            shown = page(phone, FRONT)
        assert "from 1 March 2026 to 5 March 2026" in shown
        assert 'type="file"' not in shown

    def test_an_accepted_view_says_so_and_offers_nothing_dangerous(self, phone):
        PhotoFactory(visit=phone.visit)
        shown = page(phone, FRONT)
        assert "This photo is done" in shown
        assert 'type="file"' not in shown
        assert 'href="/my/visits/week-0/left/"' in shown

    def test_a_photo_turned_down_says_why_and_lets_another_be_taken(self, phone):
        reasons = [{"code": "blurred", "message": "The photo is blurred."}]
        PhotoFactory(visit=phone.visit, state="retake_wanted", retake_reasons=reasons)
        shown = page(phone, FRONT)
        assert "The photo is blurred." in shown
        assert "Please take this photo again" in shown

    def test_a_photo_being_checked_is_followed(self, phone):
        photo = phone.upload()
        assert f'data-photo="{photo}"' in page(phone, FRONT)


class TestWhatBecameOfIt:
    def ask(self, phone: Phone, photo: Photo) -> dict:
        return phone.client.get(f"/my/photos/{photo.pk}/").json()

    def test_received(self, phone):
        answer = self.ask(phone, PhotoFactory(visit=phone.visit, state="received"))
        assert (answer["state"], answer["reasons"]) == ("received", [])

    def test_accepted_leads_to_the_next_view(self, phone):
        answer = self.ask(phone, PhotoFactory(visit=phone.visit))
        assert answer["next"] == {"url": "/my/visits/week-0/left/", "name": "Left cheek"}

    def test_the_last_accepted_leads_nowhere_else(self, phone):
        photos = [PhotoFactory(visit=phone.visit, view=v) for v in ("front", "left", "right")]
        assert self.ask(phone, photos[0])["next"] is None

    def test_a_retake_tells_its_reasons(self, phone):
        reasons = [{"code": "blurred", "message": "The photo is blurred."}]
        photo = PhotoFactory(visit=phone.visit, state="retake_wanted", retake_reasons=reasons)
        assert self.ask(phone, photo)["reasons"] == ["The photo is blurred."]


class TestWithoutJavaScript:
    def send(self, phone: Phone, content: bytes = JPEG, name: str = "selfie.jpg", **fields):
        file = SimpleUploadedFile(name, content, content_type="image/jpeg")
        form = {"form_id": str(uuid.uuid4()), **fields, "photo": file}
        return phone.client.post(FRONT, form)

    def test_the_plain_form_sends_the_photo(self, phone):
        response = self.send(phone)
        assert (response.status_code, response["Location"]) == (302, FRONT)
        photo = Photo.objects.get()
        assert (photo.state, photo.view) == ("received", "front")
        assert read(photo.original_file) == JPEG
        assert "We are having a look" in page(phone, FRONT)

    def test_the_form_sent_twice_is_one_photo(self, phone):
        form = str(uuid.uuid4())
        self.send(phone, form_id=form)
        assert self.send(phone, form_id=form).status_code == 302
        assert Photo.objects.count() == 1

    def test_another_file_from_the_same_form_is_another_photo(self, phone):
        form = str(uuid.uuid4())
        self.send(phone, form_id=form)
        self.send(phone, JPEG + b"x", form_id=form)
        assert Photo.objects.count() == 2

    def test_two_participants_with_one_form_number_do_not_meet(self, phone, team):
        form = str(uuid.uuid4())
        other = make_phone(team.sg01, code="SG01-0008")
        self.send(phone, form_id=form)
        assert self.send(other, form_id=form).status_code == 302
        assert Photo.objects.count() == 2

    def test_an_empty_file_is_refused_in_words(self, phone):
        response = self.send(phone, b"")
        assert response.status_code == 422
        assert "No photo was chosen, or the file is empty" in response.content.decode()
        assert not Photo.objects.exists()

    def test_a_file_that_is_too_large_is_refused_in_words(self, phone, settings):
        settings.UPLOAD_MAX_BYTES = 1024 * 1024
        response = self.send(phone, b"\xff\xd8\xff" + bytes(1024 * 1024))
        assert response.status_code == 413
        assert "larger than 1 MB" in response.content.decode()
        assert not Photo.objects.exists()

    def test_a_large_photo_is_taken_from_disk(self, phone):
        content = b"\xff\xd8\xff" + bytes(3 * 1024 * 1024)
        self.send(phone, content)
        assert read(Photo.objects.get().original_file) == content

    def test_no_name_of_a_file_matters(self, phone):
        self.send(phone, name="../../etc/passwd.html")
        photo = Photo.objects.get()
        assert photo.original_file == f"originals/{photo.pk}/{photo.sha256}.jpg"

    def test_outside_the_window_it_is_refused_with_the_dates(self, phone):
        with time_machine.travel(NOW + timedelta(days=7), tick=False):
            phone.sign_in()
            response = self.send(phone)
        assert response.status_code == 409
        assert "from 1 March 2026 to 5 March 2026" in response.content.decode()
        assert not Photo.objects.exists()

    def test_without_consent_it_is_refused(self, phone):
        Consent.objects.update(state=Consent.State.WITHDRAWN)
        assert self.send(phone).status_code == 409
        assert not Photo.objects.exists()

    def test_a_form_without_its_token_is_refused(self, phone):
        careful = Client(enforce_csrf_checks=True)
        careful.cookies = phone.client.cookies
        file = SimpleUploadedFile("selfie.jpg", JPEG)
        assert careful.post(FRONT, {"photo": file}).status_code == 403
        assert not Photo.objects.exists()
        token = str(careful.get(FRONT).context["csrf_token"])
        file = SimpleUploadedFile("selfie.jpg", JPEG)
        sent = careful.post(FRONT, {"csrfmiddlewaretoken": token, "photo": file})
        assert sent.status_code == 302
        assert Photo.objects.count() == 1
