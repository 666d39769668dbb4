"""A participant moves to another site: with everything, under the same code."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from participants.capture.models import Upload
from participants.correcting.errors import NothingDiffers
from participants.correcting.services.transfer import transfer_participant
from participants.desk import history
from participants.people.models import Participant
from participants.people.services.finding import find_participants
from participants.people.services.identity import IdentityData, open_identity
from studies.access.models import Membership, User
from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.phone import JPEG, Phone, stored
from tests.participants.staff import enrol
from tests.studies.access.factories import MembershipFactory, UserFactory
from tests.studies.protocol.factories import SiteFactory
from tests.typed import opened, typed, words

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
PAGE = "/studies/MEL-8/participants/SG01-0001/"
WHY = "Moved to Kuala Lumpur"


@pytest.fixture
def siti(team: Team) -> Participant:
    return enrol(team.sg01, team.amina)


def test_the_other_site_takes_over_and_the_code_stays(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    browser, path = as_person(team.amina), f"{PAGE}correct/site/"
    sent = {**opened(browser, path), "site": str(team.kl01.pk), "reason": WHY}
    asked = browser.post(path, sent)
    assert asked.status_code == 422
    assert "After this you no longer see SG01-0001: people at KL01 do." in words(asked)
    answer = browser.post(path, {**typed(asked), "confirmed": "out-of-sight:KL01"})
    assert answer["Location"] == "/studies/MEL-8/participants/"
    siti.refresh_from_db()
    assert (siti.code, siti.site) == ("SG01-0001", team.kl01)
    assert browser.get(PAGE).status_code == 404
    page = words(as_person(team.budi).get(PAGE))
    assert "KL01 since 2 Mar 2026, before at SG01" in page
    assert open_identity(participant=siti, by=team.budi).name == "Siti Rahman"
    found = find_participants(study=team.study, text="Siti", by=team.budi).participants
    assert found == [siti]
    assert not find_participants(study=team.study, text="Siti", by=team.amina).participants


def test_the_new_site_reads_the_history_and_the_former_no_more(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    moved = transfer_participant(participant=siti, site=team.kl01, reason=WHY, by=team.amina)
    told = words(as_person(team.budi).get(f"{PAGE}history/"))
    assert "Amina enrolled the participant." in told
    assert "Amina transferred the participant to another site." in told
    assert WHY in told
    with pytest.raises(NotAllowed):
        history.events_about(participant=moved, by=team.amina)


def test_each_sites_monitor_reads_what_was_written_there(team: Team, siti: Participant) -> None:
    monitors = {}
    for site in (team.sg01, team.kl01):
        monitors[site.code] = UserFactory(email=f"{site.code.lower()}@example.org")
        MembershipFactory(user=monitors[site.code], study=team.study, site=site, role="monitor")
    moved = transfer_participant(participant=siti, site=team.kl01, reason=WHY, by=team.amina)
    open_identity(participant=moved, by=team.budi)

    def actions(code: str) -> set[str]:
        seen = AuditEvent.objects.visible_to(monitors[code])
        return set(seen.values_list("action", flat=True))

    assert {"participant.enrol", "participant.transfer"} <= actions("SG01")
    assert "identity.view" not in actions("SG01")
    assert actions("KL01") == {"participant.arrive", "identity.view"}


def test_only_the_coordinator_of_the_site_they_are_at_transfers(
    team: Team, siti: Participant
) -> None:
    for person in (team.budi, team.chandra, team.dewi, team.ewa, team.farid):
        with pytest.raises(NotAllowed):
            transfer_participant(participant=siti, site=team.kl01, reason=WHY, by=person)
    siti.refresh_from_db()
    assert siti.site == team.sg01


def test_what_makes_no_sense_is_refused(team: Team, siti: Participant) -> None:
    def move(**changed: object) -> None:
        asked = {"participant": siti, "site": team.kl01, "reason": WHY, "by": team.amina}
        transfer_participant(**{**asked, **changed})  # type: ignore[arg-type]

    with pytest.raises(ReasonMissing):
        move(reason="")
    with pytest.raises(NothingDiffers):
        move(site=team.sg01)
    with pytest.raises(Invalid):
        move(site=SiteFactory(study=team.other_study, code="HK01"))
    Membership.objects.filter(user=team.budi).delete()
    with pytest.raises(Unconfirmed) as refused:
        move(confirmed=["out-of-sight:KL01"])
    assert "Nobody coordinates KL01" in refused.value.doubts["nobody:KL01"]
    Participant.objects.filter(pk=siti.pk).update(state="withdrawn")
    with pytest.raises(StateRefused):
        move()


def test_a_number_without_country_code_is_corrected_first(team: Team) -> None:
    noor = IdentityData("Noor Aziz", "noor@example.org", "6123 4567")
    one = enrol(team.sg01, team.amina, identity=noor)
    with pytest.raises(Invalid) as refused:
        transfer_participant(participant=one, site=team.kl01, reason=WHY, by=team.amina)
    assert "country code" in str(refused.value.detail)
    near = SiteFactory(study=team.study, code="SG02", country=team.sg01.country)
    transfer_participant(participant=one, site=near, reason=WHY, by=team.amina)
    one.refresh_from_db()
    assert one.site == near


def test_the_second_to_transfer_is_told(team: Team, siti: Participant, as_person: Sign) -> None:
    other = SiteFactory(study=team.study, code="SG02", country="SG")
    MembershipFactory(user=team.amina, study=team.study, site=other, role="coordinator")
    browser, path = as_person(team.amina), f"{PAGE}correct/site/"
    sent = {**opened(browser, path), "site": str(team.kl01.pk), "reason": WHY}
    transfer_participant(participant=siti, site=other, reason=WHY, by=team.amina)
    assert browser.post(path, sent).status_code == 409
    siti.refresh_from_db()
    assert siti.site == other


@pytest.mark.usefixtures("on_the_day")
def test_an_upload_under_way_goes_on(team: Team, phone: Phone) -> None:
    photo, half = uuid.uuid4(), len(JPEG) // 2
    assert phone.create(JPEG, photo).status_code == 201
    assert phone.patch(photo, 0, JPEG[:half]).status_code == 204
    transfer_participant(participant=phone.participant, site=team.kl01, reason=WHY, by=team.amina)
    assert phone.patch(photo, half, JPEG[half:]).status_code == 204
    assert stored(photo) == JPEG
    assert not Upload.objects.exists()
    assert AuditEvent.objects.get(action="photo.receive").site_code == "KL01"
