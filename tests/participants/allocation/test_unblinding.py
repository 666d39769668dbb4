"""Emergency unblinding: reason, password, managers told without the arm; annotations; the end."""

import pytest
from django.core import mail
from django.test import Client

from participants.allocation.errors import NotUnblindable, TooManyPasswords, WrongPassword
from participants.allocation.models import Unblinding, UnblindingNotice
from participants.allocation.services.notices import send_unblinding_notice
from participants.allocation.services.randomising import randomise_participant
from participants.allocation.services.reading import arm_of, own_arm
from participants.allocation.services.unblinding import annotate_allocation, unblind_participant
from participants.people.models import Participant
from studies.access.models import User
from studies.platform.errors import NotAllowed, ReasonMissing, StateRefused
from studies.platform.work import perform
from studies.protocol.models import Study
from studies.randomisation.errors import ListSealed
from studies.randomisation.models import SchemeRow
from studies.randomisation.services.schemes import end_scheme
from studies.randomisation.services.showing import list_csv, show_scheme
from studies.randomisation.services.unblinding import unblind_study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.allocation.given import arms_in, blinded, listed, person, ready

WHY = "Anaphylaxis, the hospital asks what was given."
PASSWORD = "seven quiet herons at dusk"


@pytest.fixture
def stella(team: Team) -> User:
    arms_in(team.study, "SUN", "SHADE")
    blinded(team.study)
    return person(team.study, "statistician", "Stella")


@pytest.fixture
def ines(team: Team) -> User:
    """The principal investigator of the site, who is blind."""
    user = person(team.study, "site_investigator", "Ines", team.sg01)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def siti(team: Team, stella: User) -> Participant:
    listed(team.study, stella, SG01="BA", KL01="AB")
    participant = ready(team.sg01, team.amina)
    randomise_participant(participant=participant, by=team.amina)
    return participant


def test_one_arm_is_told_to_one_person_and_the_managers_that_it_was(
    team: Team, siti: Participant, ines: User
) -> None:
    assert arm_of(siti, user=ines) == ""
    given = unblind_participant(participant=siti, reason=WHY, password=PASSWORD, by=ines)
    assert given.arm == "SHADE"
    assert arm_of(siti, user=ines) == ""  # once, and not for good
    mail.outbox.clear()
    for _ in range(2):
        for notice in UnblindingNotice.objects.exclude(state="done"):
            perform(UnblindingNotice, notice.pk, send_unblinding_notice)
    (sent,) = mail.outbox
    assert sent.to == [team.dewi.email]
    assert siti.code in sent.subject
    said = f"{sent.subject} {sent.body}"
    assert "Ines" in said
    assert "shade" not in said.lower()
    event = AuditEvent.objects.get(action="allocation.unblind")
    assert event.contents.reason == WHY
    assert "SHADE" not in str(event.contents)


def test_a_wrong_password_is_recorded_and_stops_after_five(siti: Participant, ines: User) -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            unblind_participant(participant=siti, reason=WHY, password="guess", by=ines)
    with pytest.raises(TooManyPasswords):
        unblind_participant(participant=siti, reason=WHY, password=PASSWORD, by=ines)
    assert AuditEvent.objects.filter(action="allocation.unblind_refused").count() == 5
    assert not Unblinding.objects.exists()


def test_it_asks_for_right_and_reason_and_an_allocation(
    team: Team, siti: Participant, ines: User
) -> None:
    with pytest.raises(NotAllowed):
        unblind_participant(participant=siti, reason=WHY, password="x", by=team.amina)
    with pytest.raises(ReasonMissing):
        unblind_participant(participant=siti, reason="sick", password=PASSWORD, by=ines)
    nobody = ready(team.sg01, team.amina)
    with pytest.raises(NotUnblindable):
        unblind_participant(participant=nobody, reason=WHY, password=PASSWORD, by=ines)


def test_a_mistake_is_annotated_and_its_place_stays_taken(team: Team, siti: Participant) -> None:
    annotate_allocation(participant=siti, text="Randomised before the result", by=team.amina)
    assert SchemeRow.objects.filter(taken=True).count() == 1
    following = ready(team.sg01, team.amina)
    assert randomise_participant(participant=following, by=team.amina).opened().arm == "SUN"
    with pytest.raises(ReasonMissing):
        annotate_allocation(participant=siti, text=" ", by=team.amina)


def test_list_hash_and_seed_are_shown_when_it_is_over(
    team: Team, siti: Participant, stella: User
) -> None:
    scheme = siti.allocation.scheme
    assert scheme is not None
    with pytest.raises(ListSealed):
        show_scheme(scheme=scheme, by=stella)
    end_scheme(scheme=scheme, by=stella, reason="Recruitment is over")
    shown = show_scheme(scheme=scheme, by=stella)
    assert shown.agrees
    assert shown.sha256 == scheme.rows_sha256
    lines = b"".join(list_csv(scheme=scheme, by=stella)).decode()
    assert "site=SG01,1,SHADE,,true" in lines
    with pytest.raises(NotAllowed):
        list_csv(scheme=scheme, by=team.dewi)


def test_a_study_is_unblinded_once_it_is_closed(
    team: Team, siti: Participant, stella: User
) -> None:
    assert own_arm(siti) is None
    with pytest.raises(StateRefused, match="not closed"):
        unblind_study(study=team.study, by=stella, reason="Database locked")
    Study.objects.filter(pk=team.study.pk).update(state="closed")
    unblind_study(study=team.study, by=stella, reason="Database locked")
    siti = Participant.objects.get(pk=siti.pk)
    assert arm_of(siti, user=team.amina) == "Shade arm"
    assert own_arm(siti) == "Shade arm"


def test_the_page_shows_the_arm_once(siti: Participant, ines: User, team: Team) -> None:
    client = Client()
    client.force_login(ines)
    path = f"/studies/MEL-8/participants/{siti.code}/unblind/"
    assert "Shade arm" not in client.get(path).content.decode()
    wrong = client.post(path, {"reason": WHY, "password": "guess"})
    assert wrong.status_code == 422
    assert "This is not your password" in wrong.content.decode()
    told = client.post(path, {"reason": WHY, "password": PASSWORD})
    assert "Shade arm" in told.content.decode()
    assert told["Cache-Control"] == "private, no-store"
    after = client.get(f"/studies/MEL-8/participants/{siti.code}/").content.decode()
    assert "Unblinded by" in after
    assert "Shade arm" not in after
