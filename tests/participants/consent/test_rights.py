"""Who reads, signs and changes a consent on the phone: its participant, until they stop."""

import pytest

from participants.consent.services import consents
from participants.consent.services import reading as consent_reading
from participants.consent.services.reading import answer_check
from participants.people.models import Participant
from studies.consent_texts.models import ConsentDocument
from studies.platform.errors import NotAllowed, StateRefused
from tests.conftest import Team
from tests.participants.consent.consenting import agree, phone_before_consent, sign
from tests.participants.phone import Phone, make_phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]

phone = phone_before_consent


def test_nobody_reads_or_answers_for_another(
    team: Team, phone: Phone, document: ConsentDocument
) -> None:
    other = make_phone(team.kl01, code="KL01-0001", consented=False)
    for by in (other.participant, team.amina):
        with pytest.raises(NotAllowed):
            answer_check(
                participant=phone.participant, document=document, number=1, option=1, by=by
            )
        with pytest.raises(NotAllowed):
            consent_reading.keep_choices(
                participant=phone.participant, document=document, choices={}, by=by
            )
        with pytest.raises(NotAllowed):
            consents.change_choices(participant=phone.participant, choices={}, by=by)
    with pytest.raises(NotAllowed):
        agree(phone.participant, other.participant, document, typed_name="Someone Else")


def test_after_withdrawal_nothing_is_read_or_signed(
    phone: Phone, document: ConsentDocument
) -> None:
    Participant.objects.filter(pk=phone.participant.pk).update(state="withdrawn")
    assert phone.client.get("/my/consent/review/").status_code == 403
    assert sign(phone, document).status_code == 403
    assert phone.client.get("/my/choices/").status_code == 403
    with pytest.raises(StateRefused):
        answer_check(
            participant=phone.participant,
            document=document,
            number=1,
            option=1,
            by=phone.participant,
        )


def test_who_stopped_keeps_their_copy_and_their_language_and_nothing_else(
    phone: Phone, document: ConsentDocument
) -> None:
    sign(phone, document)
    asked = phone.client.post("/my/data/ask/stop/", {"reason": ""})
    assert asked.status_code == 302

    assert phone.client.get("/my/consent/").content.startswith(b"%PDF-")
    assert phone.client.get("/my/language/").status_code == 200
    assert phone.client.get("/my/").status_code == 403
    page = phone.client.get("/my/data/").content.decode()
    assert "/my/consent/" in page, "the copy is offered"
    assert "/my/reminders/" not in page, "the menu leads nowhere that is closed"
    assert "Researchers</strong> see your photos" not in page, "what is locked nobody sees"
