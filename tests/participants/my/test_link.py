"""The personal link: looking does not open it, the token stays out of everything, it can end."""

import io
import logging
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client

from config.logging import ScrubTokens
from participants.people.models import Invitation
from participants.people.services import invitations
from participants.people.services.invitations import Issued
from participants.privacy.services import withdrawal
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.phone import Phone, make_phone
from tests.studies.record.told import told_by_the_record

NAMES = ("django", "django.server", "gunicorn.access", "")

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def issued(phone: Phone, team: Team) -> Issued:
    return invitations.issue(participant=phone.participant, by=team.amina)


def enter(issued: Issued, client: Client | None = None) -> Client:
    client = client or Client()
    response = client.post(f"/p/{issued.token}/")
    assert (response.status_code, response["Location"]) == (302, "/my/")
    return client


class TestOpening:
    def test_looking_five_times_uses_nothing_and_lets_nobody_in(self, issued):
        scanner = Client()
        for _ in range(5):
            response = scanner.get(f"/p/{issued.token}/")
            assert response.status_code == 200
            assert "Open my page" in response.content.decode()
        issued.invitation.refresh_from_db()
        assert issued.invitation.first_used_at is None
        assert scanner.get("/my/").status_code == 403

    def test_the_button_opens_the_home_at_an_address_without_token(self, issued):
        phone = enter(issued)
        home = phone.get("/my/")
        assert home.status_code == 200
        assert issued.token not in home.content.decode()
        issued.invitation.refresh_from_db()
        assert issued.invitation.first_used_at == NOW

    def test_the_button_works_with_the_token_of_the_form_only(self, issued):
        careful = Client(enforce_csrf_checks=True)
        assert careful.post(f"/p/{issued.token}/").status_code == 403
        page = careful.get(f"/p/{issued.token}/")
        sent = {"csrfmiddlewaretoken": str(page.context["csrf_token"])}
        assert careful.post(f"/p/{issued.token}/", sent).status_code == 302

    def test_no_path_is_ever_told_to_another_page(self, issued):
        response = Client().get(f"/p/{issued.token}/")
        assert response["Referrer-Policy"] == "strict-origin"
        assert "no-store" in response["Cache-Control"]

    def test_a_session_known_before_is_worth_nothing_after(self, issued):
        phone = Client()
        phone.get("/my/")
        session = phone.session
        session["planted"] = "by someone else"
        session.save()
        known = session.session_key
        enter(issued, phone)
        assert phone.session.session_key != known
        assert "planted" not in phone.session

    def test_a_coordinator_who_opens_a_link_is_signed_out_by_it(self, issued, team, as_person):
        tablet = as_person(team.amina)
        enter(issued, tablet)
        assert tablet.get("/studies/MEL-8/participants/").status_code == 302

    def test_signing_out_ends_the_session(self, issued):
        phone = enter(issued)
        response = phone.post("/my/leave/")
        assert response["Location"] == "/my/left/"
        assert "signed out" in phone.get("/my/left/").content.decode()
        assert phone.get("/my/").status_code == 403

    def test_looking_at_the_sign_out_address_does_nothing(self, issued):
        phone = enter(issued)
        assert phone.get("/my/leave/").status_code == 405
        assert phone.get("/my/").status_code == 200


class TestRefused:
    def words(self, response) -> str:
        return response.content.decode()

    def test_a_mistyped_link_says_what_to_do(self, issued):
        response = Client().post(f"/p/{issued.token[:-1]}x/")
        assert response.status_code == 404
        assert "not complete or not right" in self.words(response)
        assert "SG01" not in self.words(response)

    def test_an_expired_link_says_so_with_the_contact_of_the_site(self, issued, team):
        team.sg01.contact_phone = "+65 6123 4567"
        team.sg01.save()
        Invitation.objects.update(expires_at=NOW)
        response = Client().post(f"/p/{issued.token}/")
        assert response.status_code == 410
        assert "has reached its last day" in self.words(response)
        assert "+65 6123 4567" in self.words(response)
        assert "Back to my page" not in self.words(response)

    def test_a_revoked_link_says_so(self, issued, team):
        invitations.revoke(invitation=issued.invitation, by=team.amina)
        response = Client().post(f"/p/{issued.token}/")
        assert response.status_code == 410
        assert "has stopped this link" in self.words(response)

    def test_revoking_stops_a_session_that_is_open(self, issued, team):
        phone = enter(issued)
        invitations.revoke(invitation=issued.invitation, by=team.amina)
        for address in ("/my/", "/my/visits/week-0/front/", "/my/consent/"):
            assert phone.get(address).status_code == 410

    def test_expiring_stops_a_session_that_is_open(self, issued):
        phone = enter(issued)
        Invitation.objects.update(expires_at=NOW)
        assert phone.get("/my/").status_code == 410

    def test_withdrawal_stops_a_session_that_is_open(self, issued, phone, team):
        browser = enter(issued)
        withdrawal.withdraw(participant=phone.participant, reason="Moved away", by=team.amina)
        response = browser.get("/my/")
        assert response.status_code == 403
        assert "no longer taking part" in self.words(response)
        assert browser.get("/my/visits/week-0/front/").status_code == 403
        assert browser.get("/my/consent/").status_code == 410, "the link was stopped with it"
        assert browser.post("/my/uploads/").status_code == 403

    def test_the_session_ends_by_itself(self, issued):
        phone = enter(issued)
        with time_machine.travel(NOW + timedelta(hours=12, seconds=1), tick=False):
            assert phone.get("/my/").status_code == 403

    def test_without_a_link_every_page_is_closed(self, phone):
        stranger = Client()
        for address in ("/my/", "/my/visits/week-0/front/", "/my/consent/", "/my/uploads/"):
            response = stranger.get(address)
            assert response.status_code == 403, address

    def test_another_participants_session_opens_no_page_of_theirs(self, phone, team):
        other = make_phone(team.sg01, code="SG01-0008")
        photo = other.upload()
        assert phone.client.get(f"/my/photos/{photo}/").status_code == 404


class TestTokenStaysSecret:
    def test_no_log_line_holds_it(self, issued):
        lines = io.StringIO()
        handler = logging.StreamHandler(lines)
        handler.addFilter(ScrubTokens())
        loggers = [logging.getLogger(name) for name in NAMES]
        for logger in loggers:
            logger.addHandler(handler)
        try:
            Client(enforce_csrf_checks=True).post(f"/p/{issued.token}/")  # a logged refusal
            Client().post(f"/p/{issued.token}x/")  # a logged 404
            logging.getLogger("django.server").info('"GET /p/%s/ HTTP/1.1" 200', issued.token)
            logging.getLogger("gunicorn.access").info("%(r)s", {"r": f"GET /p/{issued.token}/"})
            reset = f"/accounts/password/reset/key/2-{issued.token}/"
            logging.getLogger("django.request").warning("Not Found: %s", reset)
        finally:
            for logger in loggers:
                logger.removeHandler(handler)
        assert "/p/…" in lines.getvalue()
        assert issued.token not in lines.getvalue()

    @pytest.mark.parametrize("name", NAMES)
    def test_every_logger_of_request_lines_writes_through_the_filter(self, name, settings):
        configured = settings.LOGGING["root"] if name == "" else settings.LOGGING["loggers"][name]
        for handler in configured["handlers"]:
            assert "scrub" in settings.LOGGING["handlers"][handler]["filters"]

    def test_no_row_of_the_database_holds_it(self, issued):
        phone = enter(issued)
        phone.get("/my/")
        for model in apps.get_models():
            assert issued.token not in str(list(model._base_manager.values())), model
        sessions = [session.get_decoded() for session in Session.objects.all()]
        assert issued.token not in str(sessions)
        assert issued.token not in told_by_the_record()


class TestAnotherBrowserOfThePhone:
    """A page inside another app has no camera: it is taken to the phone's own browser."""

    def test_the_page_opens_there_by_a_link_of_a_day(self, phone: Phone):
        page = "/my/visits/week-0/front/"
        answer = phone.client.post("/my/elsewhere/", {"page": page})
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "private, no-store"
        path = answer.json()["address"].removeprefix("http://testserver")
        other = Client()
        assert other.post(path)["Location"] == page
        made = Invitation.objects.exclude(target="").get()
        assert made.expires_at == NOW + timedelta(days=1)
        event = AuditEvent.objects.filter(action="invitation.issue").latest("pk")
        assert event.actor_id == phone.participant.actor_id

    @pytest.mark.parametrize("page", ["", "/studies/", "https://elsewhere.example/", "/my/leave/"])
    def test_no_other_address_is_opened(self, phone: Phone, page: str):
        path = phone.client.post("/my/elsewhere/", {"page": page}).json()["address"]
        assert Client().post(path.removeprefix("http://testserver"))["Location"] == "/my/"

    def test_nobodys_browser_gets_none(self):
        assert Client().post("/my/elsewhere/").status_code == 403
        assert Client().get("/my/elsewhere/").status_code == 405
