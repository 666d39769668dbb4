"""Who may send a photo and see what was sent: its participant only."""

import uuid

import pytest
from django.test import Client

from participants.capture.models import Photo, Upload
from tests.participants.phone import JPEG, Phone, at, make_phone, metadata, sha256
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.usefixtures("on_the_day")


class TestWhoMay:
    def test_another_participant_cannot_see_or_touch_an_upload(self, phone, team):
        other = make_phone(team.sg01, code="SG01-0008")
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:10])
        assert other.head(photo).status_code == 404
        assert other.patch(photo, 10, JPEG[10:]).status_code == 404
        assert other.tus("DELETE", at(photo)).status_code == 404
        assert other.create(JPEG, photo).status_code == 409
        assert phone.offset(photo) == 10

    def test_another_participant_cannot_see_a_finished_photo(self, phone, team):
        other = make_phone(team.sg01, code="SG01-0008")
        photo = phone.upload()
        assert other.head(photo).status_code == 404
        assert other.client.get(f"/my/photos/{photo}/").status_code == 404
        assert phone.client.get(f"/my/photos/{photo}/").status_code == 200

    def test_a_visit_that_only_another_participant_has_is_not_found(self, phone, team):
        VisitFactory(
            participant=make_phone(team.sg01, code="SG01-0008").participant,
            definition=VisitDefinitionFactory(study=team.study, code="extra", day_offset=3),
        )
        assert phone.create(JPEG, uuid.uuid4(), visit="extra").status_code == 404
        assert not Upload.objects.exists()

    def test_without_a_session_nothing_is_told(self, phone):
        stranger = Phone(phone.participant, phone.visit, phone.invitation, Client())
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        assert stranger.head(photo).status_code == 403
        assert stranger.create(JPEG, uuid.uuid4()).status_code == 403
        assert stranger.patch(photo, 0, JPEG).status_code == 403
        assert not Photo.objects.exists()

    def test_staff_are_no_participants(self, phone, as_person, team):
        amina = Phone(phone.participant, phone.visit, phone.invitation, as_person(team.amina))
        assert amina.create(JPEG, uuid.uuid4()).status_code == 403

    def test_a_request_from_another_site_lacks_the_token(self, phone):
        careful = Client(enforce_csrf_checks=True)
        careful.cookies = phone.client.cookies
        theirs = Phone(phone.participant, phone.visit, phone.invitation, careful)
        photo = uuid.uuid4()
        assert theirs.create(JPEG, photo).status_code == 403
        assert not Upload.objects.exists()
        page = careful.get("/my/visits/week-0/front/")
        token = page.context["csrf_token"]
        headers = {"X_CSRFToken": str(token)}
        answer = theirs.tus(
            "POST",
            "/my/uploads/",
            Upload_Length="5",
            Upload_Metadata=metadata(
                photo=str(photo), visit="week-0", view="front", sha256=sha256(b"12345")
            ),
            **headers,
        )
        assert answer.status_code == 201
