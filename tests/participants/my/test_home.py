"""What a participant sees at home: the visit of today, its steps, and what comes next."""

from datetime import date, timedelta

import pytest
import time_machine

from participants.consent.models import Consent
from participants.people.models import Participant
from participants.visits.models import Visit
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

FRONT = "/my/visits/week-0/front/"

pytestmark = pytest.mark.usefixtures("on_the_day")


def page(phone: Phone, address: str = "/my/") -> str:
    response = phone.client.get(address)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def later_visit(phone: Phone) -> Visit:
    definition = VisitDefinitionFactory(
        study=phone.participant.study, code="week-4", name="Week 4", day_offset=28
    )
    return VisitFactory(
        participant=phone.participant,
        definition=definition,
        state="scheduled",
        scheduled_on=date(2026, 3, 30),
        opens_on=date(2026, 3, 28),
        closes_on=date(2026, 4, 2),
    )


class TestHome:
    def test_todays_visit_shows_its_views_as_steps(self, phone):
        shown = page(phone)
        assert "Baseline" in shown
        assert "until Thursday 5 March" in shown
        for view in ("front", "left", "right"):
            assert f'href="/my/visits/week-0/{view}/"' in shown
        assert "Start" in shown

    def test_a_step_shows_how_its_photo_stands(self, phone):
        PhotoFactory(visit=phone.visit, view="front", state="accepted")
        reasons = [{"code": "blurred", "message": "The photo is blurred."}]
        PhotoFactory(visit=phone.visit, view="left", state="retake_wanted", retake_reasons=reasons)
        waiting = PhotoFactory(visit=phone.visit, view="right", state="received")
        steps = phone.client.get("/my/").context["steps"]
        assert [(step.view, step.state) for step in steps] == [
            ("front", "accepted"),
            ("left", "retake"),
            ("right", "checking"),
        ]
        shown = page(phone)
        assert "The photo is blurred." in shown
        assert f'href="{FRONT}"' not in shown
        assert "2 of 3 photos taken" in shown
        assert f'data-photo="{waiting.pk}"' in shown
        assert "Take “Left cheek” again" in shown

    def test_all_sent_waits_for_the_check(self, phone):
        for view in ("front", "left", "right"):
            PhotoFactory(visit=phone.visit, view=view, state="received")
        shown = page(phone)
        assert "Thank you, all sent" in shown

    def test_all_accepted_thanks_and_tells_the_next_date(self, phone):
        later_visit(phone)
        for view in ("front", "left", "right"):
            PhotoFactory(visit=phone.visit, view=view)
        Visit.objects.filter(pk=phone.visit.pk).update(state="complete")
        shown = page(phone)
        assert "Thank you" in shown
        assert "Saturday 28 March" in shown
        assert "Thursday 2 April" in shown

    def test_no_visit_today_tells_when_to_come_back(self, phone):
        later_visit(phone)
        with time_machine.travel(NOW + timedelta(days=7), tick=False):
            phone.sign_in()
            shown = page(phone)
        assert "Nothing to do today" in shown
        assert "Saturday 28 March" in shown

    def test_after_the_last_visit_nothing_is_asked(self, phone):
        with time_machine.travel(NOW + timedelta(days=7), tick=False):
            phone.sign_in()
            assert "All visits are over" in page(phone)

    def test_the_day_is_that_of_the_study(self, phone):
        # 5 March 17:00 UTC is 6 March in Singapore: the window is over.
        with time_machine.travel(NOW.replace(day=5, hour=17), tick=False):
            phone.sign_in()
            assert "All visits are over" in page(phone)

    def test_completed(self, phone):
        Participant.objects.update(state="completed")
        assert "You have completed the study" in page(phone)

    def test_without_consent_nothing_can_be_sent(self, phone):
        Consent.objects.update(state=Consent.State.WITHDRAWN)
        shown = page(phone)
        assert "once your consent is recorded" in shown
        assert FRONT not in shown

    def test_how_to_reach_the_site(self, phone, team):
        team.sg01.contact_phone = "+65 6123 4567"
        team.sg01.save()
        assert 'href="tel:+6561234567"' in page(phone)

    def test_nothing_of_it_is_kept_by_the_browser(self, phone):
        assert "no-store" in phone.client.get("/my/")["Cache-Control"]

    def test_no_code_and_no_script_inside_the_page(self, phone):
        shown = page(phone) + page(phone, FRONT)
        assert "style=" not in shown
        assert "<script>" not in shown
        assert "onclick" not in shown
