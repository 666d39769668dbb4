"""Images are handed out by right, never cached, never as anything but what they are."""

import io
import uuid

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from PIL import Image

from participants.capture.models import Photo, PhotoCheck
from studies.access.models import Membership
from studies.platform.private_files import FileMissing, private_response
from studies.platform.storage import store
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory


def picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 50), (shade, shade, shade)).save(out, "JPEG")
    return out.getvalue()


def make_photo(site, code: str, **over) -> Photo:
    visit = VisitFactory(
        participant=ParticipantFactory(site=site, code=code),
        definition=VisitDefinitionFactory(study=site.study),
    )
    number = uuid.uuid4()
    names = {
        "original_file": store("originals", str(number), b"GPS and all", suffix=".jpg")[0],
        "upright_file": store("uprights", str(number), picture(100), suffix=".jpg")[0],
        "thumbnail_file": store("thumbnails", str(number), picture(200), suffix=".jpg")[0],
    }
    return PhotoFactory(id=number, visit=visit, **{**names, **over})


@pytest.fixture
def photo(team: Team) -> Photo:
    return make_photo(team.sg01, "SG01-0007")


def url(photo: Photo, variant: str = "upright", study: str = "MEL-8") -> str:
    return f"/studies/{study}/photos/{photo.pk}/{variant}/"


def get(browser: Client, address: str) -> HttpResponse:
    """Fetch and read to the end, as a browser does; the bytes are in ``read``."""
    response = browser.get(address)
    response.read = b"".join(response) if response.streaming else response.content
    return response


class TestRight:
    @pytest.mark.parametrize("who", ["amina", "chandra", "dewi", "ewa"])
    def test_those_who_may_see_photos_there_get_it(self, photo, team, as_person, who):
        response = get(as_person(getattr(team, who)), url(photo))
        assert response.status_code == 200
        assert response.read == picture(100)

    @pytest.mark.parametrize("variant", ["thumb", "upright", "original"])
    @pytest.mark.parametrize("who", ["budi", "farid"])
    def test_another_site_and_another_study_find_nothing(
        self, photo, team, as_person, who, variant
    ):
        assert get(as_person(getattr(team, who)), url(photo, variant)).status_code == 404

    def test_a_photo_is_not_found_under_another_study(self, photo, team, as_person):
        response = get(as_person(team.farid), url(photo, study="FEAS-2"))
        assert response.status_code == 404

    def test_signed_out_leads_to_the_sign_in_page(self, photo, client):
        response = get(client, url(photo))
        assert response.status_code == 302
        assert "/accounts/login/" in response["Location"]

    def test_after_sign_out_the_same_address_gives_nothing(self, photo, team, as_person):
        amina = as_person(team.amina)
        assert get(amina, url(photo)).status_code == 200
        amina.logout()
        assert get(amina, url(photo)).status_code == 302

    def test_a_revoked_role_stops_at_once(self, photo, team, as_person):
        amina = as_person(team.amina)
        assert get(amina, url(photo)).status_code == 200
        Membership.objects.filter(user=team.amina).update(ended_at=timezone.now())
        assert get(amina, url(photo)).status_code == 404

    def test_the_original_with_its_tags_is_for_those_who_review(self, photo, team, as_person):
        assert get(as_person(team.ewa), url(photo, "original")).status_code == 403
        assert get(as_person(team.chandra), url(photo, "original")).status_code == 200

    def test_only_three_variants_exist(self, photo, team, as_person):
        assert get(as_person(team.amina), url(photo, "secret")).status_code == 404

    def test_a_photo_not_yet_checked_has_no_image(self, team, as_person):
        waiting = make_photo(team.sg01, "SG01-0009", upright_file="", thumbnail_file="")
        amina = as_person(team.amina)
        assert get(amina, url(waiting)).status_code == 404
        assert get(amina, url(waiting, "thumb")).status_code == 404


class TestHeaders:
    def test_images_are_private_typed_and_inert(self, photo, team, as_person):
        response = get(as_person(team.amina), url(photo))
        assert response["Content-Type"] == "image/jpeg"
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Disposition"] == "inline"
        assert "sandbox" in response["Content-Security-Policy"]
        assert "default-src 'none'" in response["Content-Security-Policy"]

    def test_no_middleware_is_needed_for_that(self, photo):
        request = RequestFactory().head("/")
        response = private_response(request, photo.upright_file, content_type="image/jpeg")
        assert response["X-Content-Type-Options"] == "nosniff"

    def test_the_original_is_a_download_of_no_known_type(self, photo, team, as_person):
        response = get(as_person(team.amina), url(photo, "original"))
        assert response.read == b"GPS and all"
        assert response["Content-Type"] == "application/octet-stream"
        assert response["Content-Disposition"].startswith('attachment; filename="SG01-0007-')

    def test_nginx_is_told_where_the_bytes_lie(self, photo, team, as_person, settings):
        settings.ACCEL_REDIRECT_PREFIX = "/private/"
        response = get(as_person(team.amina), url(photo))
        assert response["X-Accel-Redirect"] == f"/private/{photo.upright_file}"
        assert response.content == b""
        assert response["Content-Type"] == "image/jpeg"
        assert response["Cache-Control"] == "private, no-store"

    def test_nginx_is_not_asked_for_what_it_cannot_reach(self, photo, team, as_person, settings):
        settings.ACCEL_REDIRECT_PREFIX = "/private/"
        settings.PRIVATE_ROOT = None
        response = get(as_person(team.amina), url(photo))
        assert "X-Accel-Redirect" not in response
        assert response.read == picture(100)

    def test_head_tells_size_and_type_without_the_bytes(self, photo, team, as_person):
        response = as_person(team.amina).head(url(photo))
        assert response.status_code == 200
        assert response["Content-Length"] == str(len(picture(100)))
        assert response.content == b""

    def test_a_lost_file_is_said_and_not_a_crash(self, photo, team, as_person):
        Photo.objects.update(
            upright_file="uprights/gone/none.jpg", original_file="originals/gone/none.jpg"
        )
        for variant in ("upright", "original"):
            response = get(as_person(team.amina), url(photo, variant))
            assert response.status_code == 404
            assert "The file is not there" in response.read.decode()
        assert not AuditEvent.objects.filter(action="photo.view").exists()

    def test_a_file_that_may_not_be_read_is_said_and_not_a_crash(self, photo, team, as_person):
        Photo.objects.update(upright_file="uprights")  # a folder
        response = get(as_person(team.amina), url(photo))
        assert response.status_code == 404

    @pytest.mark.parametrize("name", ["", "/etc/passwd", "../secret_key", "a/../../b"])
    def test_no_name_leads_out_of_private_storage(self, name):
        request = RequestFactory().get("/")
        with pytest.raises((SuspiciousFileOperation, FileMissing)):
            private_response(request, name, content_type="image/jpeg")


class TestRecord:
    def test_each_look_at_an_image_is_recorded(self, photo, team, as_person):
        chandra = as_person(team.chandra)
        for variant in ("upright", "original"):
            get(chandra, url(photo, variant))
        events = AuditEvent.objects.filter(action="photo.view").order_by("sequence")
        assert [event.contents.new["variant"] for event in events] == ["upright", "original"]
        assert {event.participant_code for event in events} == {"SG01-0007"}
        assert events[0].actor_label.startswith("Chandra")

    def test_a_refused_look_is_not_recorded_as_one(self, photo, team, as_person):
        get(as_person(team.budi), url(photo))
        get(as_person(team.ewa), url(photo, "original"))
        assert not AuditEvent.objects.filter(action="photo.view").exists()

    def test_a_list_records_the_photos_it_showed(self, photo, team, as_person):
        chandra = as_person(team.chandra)
        chandra.get("/studies/MEL-8/photos/?state=accepted")
        get(chandra, url(photo, "thumb"))
        event = AuditEvent.objects.get(action__startswith="photo.")
        assert (event.action, event.contents.new) == ("photo.list", {"photos": [str(photo.pk)]})


class TestList:
    @pytest.fixture
    def two(self, team):
        reasons = [{"code": "blurred", "message": "The photo is blurred."}]
        wanted = {"state": "retake_wanted", "retake_reasons": reasons}
        return (
            make_photo(team.sg01, "SG01-0001", **wanted),
            make_photo(team.kl01, "KL01-0001", **wanted),
        )

    def codes(self, response) -> set[str]:
        return {photo.visit.participant.code for photo in response.context["page"]}

    def test_it_shows_what_wants_a_retake_and_why(self, two, team, as_person):
        response = as_person(team.dewi).get("/studies/MEL-8/photos/")
        assert self.codes(response) == {"SG01-0001", "KL01-0001"}
        assert "The photo is blurred." in response.content.decode()

    def test_a_coordinator_sees_her_site_only(self, two, team, as_person):
        response = as_person(team.amina).get("/studies/MEL-8/photos/?site=KL01")
        assert self.codes(response) == {"SG01-0001"}

    def test_it_is_narrowed_to_a_site(self, two, team, as_person):
        response = as_person(team.dewi).get("/studies/MEL-8/photos/?site=KL01")
        assert self.codes(response) == {"KL01-0001"}

    def test_accepted_photos_are_behind_their_tab(self, two, photo, team, as_person):
        response = as_person(team.dewi).get("/studies/MEL-8/photos/?state=accepted")
        assert self.codes(response) == {"SG01-0007"}

    def test_a_check_that_stopped_is_named(self, team, as_person):
        waiting = make_photo(team.sg01, "SG01-0009", state="received")
        PhotoCheck.objects.create(photo=waiting, state="quarantined")
        response = as_person(team.amina).get("/studies/MEL-8/photos/?state=checking")
        assert self.codes(response) == {"SG01-0009"}
        assert "The check has stopped" in response.content.decode()

    def test_an_empty_list_says_so(self, team, as_person):
        response = as_person(team.dewi).get("/studies/MEL-8/photos/")
        assert "No photo wants a retake" in response.content.decode()

    def test_another_study_is_not_found(self, two, team, as_person):
        assert as_person(team.farid).get("/studies/MEL-8/photos/").status_code == 404

    def test_asking_for_a_retake_from_the_list(self, photo, team, as_person):
        amina = as_person(team.amina)
        page = amina.get("/studies/MEL-8/photos/?state=accepted")
        assert "Ask for a retake" in page.content.decode()
        response = amina.post(
            f"/studies/MEL-8/photos/{photo.pk}/retake/",
            {"reason": "blurred", "next": "/studies/MEL-8/photos/?state=accepted"},
        )
        assert response["Location"] == "/studies/MEL-8/photos/?state=accepted"
        photo.refresh_from_db()
        assert (photo.state, photo.reviewed_by) == ("retake_wanted", team.amina)

    @pytest.mark.parametrize(("who", "status"), [("ewa", 403), ("budi", 404), ("farid", 404)])
    def test_those_without_the_right_cannot(self, photo, team, as_person, who, status):
        address = f"/studies/MEL-8/photos/{photo.pk}/retake/"
        response = as_person(getattr(team, who)).post(address, {"reason": "blurred"})
        assert response.status_code == status
        photo.refresh_from_db()
        assert photo.state == "accepted"

    def test_a_monitor_is_offered_no_button(self, photo, team, as_person):
        page = as_person(team.ewa).get("/studies/MEL-8/photos/?state=accepted")
        assert "Ask for a retake" not in page.content.decode()

    def test_the_way_back_never_leaves_the_house(self, photo, team, as_person):
        response = as_person(team.amina).post(
            f"/studies/MEL-8/photos/{photo.pk}/retake/",
            {"reason": "blurred", "next": "https://evil.example/"},
        )
        assert response["Location"] == "/studies/MEL-8/photos/"
