"""The staff's pages of what participants asked about their data."""

import pytest
from django.utils import timezone

from participants.people.models import Participant
from participants.privacy.models import DataRequest, RequestWork
from studies.access.permissions import Permission
from studies.protocol.services.rights import may
from tests.conftest import Team
from tests.participants.privacy.erasing import ask_to_erase
from tests.participants.staff import Sign

pytestmark = pytest.mark.django_db


def test_coordinators_managers_and_monitors_see_requests_and_investigators_none(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    request = ask_to_erase(siti)
    seen = {
        name: DataRequest.objects.visible_to(getattr(team, name)).filter(pk=request.pk).exists()
        for name in ("amina", "budi", "chandra", "dewi", "ewa", "farid")
    }
    assert seen == {
        "amina": True, "budi": False, "chandra": False, "dewi": True, "ewa": True, "farid": False,
    }  # fmt: skip
    page = as_person(team.dewi).get("/studies/MEL-8/requests/").content.decode()
    assert siti.code in page
    assert "Erase now" not in page, "a manager sees, and does not act"
    assert "/r/" not in page, "the receipt's address is the participant's"


def test_a_coordinator_acts_on_the_page(team: Team, siti: Participant, as_person: Sign) -> None:
    request = ask_to_erase(siti)
    client, base = as_person(team.amina), "/studies/MEL-8/requests/"
    assert "Erase now" in client.get(base).content.decode()
    assert "Requests" in client.get("/studies/MEL-8/participants/").content.decode()
    named = client.post(f"{base}{request.pk}/take-back/", {"note": "Siti Rahman called"})
    assert named.status_code == 422
    assert client.post(f"{base}{request.pk}/erase-now/").status_code == 302
    assert RequestWork.objects.get().due_at <= timezone.now()


def test_withdrawing_for_someone_asks_what_becomes_of_what_was_collected(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    client, address = as_person(team.amina), f"/studies/MEL-8/participants/{siti.code}/withdraw/"
    said = {"why": "Participant's wish", "sure": "on"}
    assert client.post(address, said).status_code == 422
    client.post(address, {**said, "kind": "erase"})
    siti.refresh_from_db()
    assert (siti.state, siti.data_use) == ("withdrawn", "restricted")
    page = client.get("/studies/MEL-8/requests/").content.decode()
    assert "/r/" in page, "the coordinator hands the receipt's address over"
    offered = client.get(address).content.decode()
    assert 'value="stop_keep"' not in offered


def test_the_right_to_act_is_the_coordinators_of_the_site(team: Team) -> None:
    held = [
        name
        for name in ("amina", "budi", "chandra", "dewi", "ewa")
        if may(getattr(team, name), Permission.DATA_REQUEST_EDIT, study=team.study, site=team.sg01)
    ]
    assert held == ["amina"]
