"""The page of reminders offers what reaches the participant, and names places in their language."""

import re

import pytest

from participants.messaging.services.phones import subscribe
from participants.people.services.identity import IdentityData, keep_identity
from tests.conftest import Team
from tests.participants.messaging.reminded import SUBSCRIPTION
from tests.participants.phone import Phone

pytestmark = pytest.mark.usefixtures("on_the_day")


def page(phone: Phone) -> str:
    answer = phone.client.get("/my/reminders/")
    assert answer.status_code == 200
    return answer.content.decode()


def chosen(text: str, name: str) -> str:
    """The option of a list that is chosen: its value and its words."""
    (options,) = re.findall(rf'<select id="{name}".*?</select>', text, re.DOTALL)
    (one,) = re.findall(r'<option value="([^"]+)"[^>]* selected>([^<]+)<', options)
    return " ".join(one)


@pytest.fixture
def reachable(phone: Phone, team: Team) -> Phone:
    """A participant who gave an e-mail address and no number."""
    person = IdentityData(name="Siti Rahman", email="siti@example.org", phone="")
    keep_identity(participant=phone.participant, identity=person, by=team.amina)
    return phone


def test_places_go_by_country_and_town_in_the_participants_language(
    phone: Phone, team: Team
) -> None:
    assert chosen(page(phone), "time_zone") == "Asia/Singapore Singapore"
    team.study.languages = ["en", "ta"]
    team.study.save()
    phone.participant.language = "ta"
    phone.participant.time_zone = "Asia/Kuala_Lumpur"
    phone.participant.save()
    assert chosen(page(phone), "time_zone") == "Asia/Kuala_Lumpur மலேசியா, கோலாலம்பூர்"


def test_a_zone_of_no_country_is_offered_to_who_has_it(phone: Phone) -> None:
    assert "Etc/UTC" not in page(phone)
    phone.participant.time_zone = "Etc/UTC"
    phone.participant.save()
    assert chosen(page(phone), "time_zone") == "Etc/UTC Etc/UTC"


def test_what_reaches_nobody_is_not_tried_first(reachable: Phone) -> None:
    """Notifications come first in the study's order; no phone allows them yet."""
    assert chosen(page(reachable), "first").startswith("email ")
    subscribe(participant=reachable.participant, by=reachable.participant, **SUBSCRIPTION)
    assert chosen(page(reachable), "first").startswith("push ")


def test_with_nothing_to_try_there_is_no_empty_section(phone: Phone) -> None:
    """The page's script shows it once this phone allows notifications."""
    (section,) = re.findall(r'<section[^>]*aria-labelledby="test"[^>]*>', page(phone))
    assert section.endswith(" data-push-test hidden>")


def test_who_can_be_reached_can_try_it(reachable: Phone) -> None:
    text = page(reachable)
    (section,) = re.findall(r'<section[^>]*aria-labelledby="test"[^>]*>', text)
    assert "hidden" not in section
    assert "Send a test e-mail" in text
