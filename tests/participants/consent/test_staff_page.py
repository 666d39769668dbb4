"""The consent page: signed once, changed texts, mistakes mended."""

import pytest

from participants.consent.models import Consent
from participants.people.models import Participant
from studies.protocol.models import Study
from tests.conftest import Team
from tests.participants.staff import (
    PAGE,
    Sign,
    consent_form,
    enrol,
    plan_week_visits,
    publish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


def test_a_signed_form_is_a_consent_once(team: Team, as_person: Sign, siti: Participant) -> None:
    text = publish(team.study)
    client, form = as_person(team.amina), consent_form(text)
    for _ in range(2):
        assert client.post(f"{PAGE}SG01-0001/consent/", form)["Location"] == f"{PAGE}SG01-0001/"
    given = Consent.objects.get()
    assert given.signature_file
    pdf = client.get(f"{PAGE}SG01-0001/consent/{given.pk}/copy/")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Cache-Control"] == "private, no-store"
    assert pdf.content.startswith(b"%PDF")


def test_after_consent_the_page_leads_on_to_the_link(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client = as_person(team.amina)
    page = f"{PAGE}SG01-0001/"
    before = client.get(page).content.decode()
    assert "Next: record consent" in before
    assert "Next: the personal link" not in before
    client.post(f"{page}consent/", consent_form(publish(team.study)))
    assert "Next: the personal link" in client.get(page).content.decode()
    assert "Next: the personal link" not in as_person(team.dewi).get(page).content.decode()
    client.post(f"{page}link/")
    assert "Next: the personal link" not in client.get(page).content.decode()


def test_a_name_typed_is_a_signature_when_the_box_is_ticked(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    text = publish(team.study)
    client = as_person(team.amina)
    unsigned = client.post(f"{PAGE}SG01-0001/consent/", consent_form(text, signature=""))
    assert unsigned.status_code == 422
    assert "Please sign in the field" in unsigned.content.decode()
    client.post(f"{PAGE}SG01-0001/consent/", consent_form(text, signature="", sign_by_typing="on"))
    assert Consent.objects.get().signature_file == ""


def test_a_text_that_changed_is_shown_anew_and_the_name_is_kept(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    old = publish(team.study)
    form = consent_form(old)
    old.move("superseded")
    publish(team.study, version="2.0", body="# New words")

    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/consent/", form)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The consent text has changed" in page
    assert "New words" in page
    assert 'value="Siti Rahman"' in page
    assert "checked" not in page, "choices belong to the words that were read"
    assert not Consent.objects.exists()


def test_an_incomplete_form_keeps_name_choices_and_signature(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    form = consent_form(publish(team.study))
    del form["choice-ai_scoring"]
    form["choice-publication"] = "on"
    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/consent/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Taking part needs agreement to this point" in page
    assert str(form["signature"]) in page
    assert 'value="Siti Rahman"' in page
    assert page.count("checked") == 1


@pytest.mark.parametrize("drawn", ["data:image/png;base64,AAAA", "no picture", "data:,%%%"])
def test_a_broken_signature_is_asked_for_again(
    team: Team, as_person: Sign, siti: Participant, drawn: str
) -> None:
    form = consent_form(publish(team.study), signature=drawn)
    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/consent/", form)
    assert answer.status_code == 422
    assert "not a PNG picture" in answer.content.decode()
    assert not Consent.objects.exists()


def test_html_in_a_consent_text_is_shown_not_obeyed(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    publish(team.study, body="<script>alert(1)</script>\n\n# Words")
    page = as_person(team.amina).get(f"{PAGE}SG01-0001/consent/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_without_a_text_in_force_the_page_says_so(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    answer = as_person(team.amina).get(f"{PAGE}SG01-0001/consent/")
    assert answer.status_code == 409
    assert "no consent text in force" in answer.content.decode()


def test_the_participant_reads_their_language_and_staff_english(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    Study.objects.update(languages=["en", "zh-hans"])
    publish(team.study)
    client, page = as_person(team.amina), f"{PAGE}SG01-0001/consent/"
    english = client.get(page).content.decode()
    assert "Your signature" in english
    assert client.post(page, {"language": "zh-hans"})["Location"] == page
    siti.refresh_from_db()
    assert siti.language == "zh-hans"

    chinese = client.get(page).content.decode()
    for words in ("您的签名", "您的选择", "请勾选"):
        assert words in chinese, words
    for words in ("Your signature", "Your choices", "needed for taking part"):
        assert words not in chinese
    assert "Where you are" in chinese
    assert '<html lang="en"' in chinese
    unsigned = client.post(page, consent_form(siti.study.consent_documents.get(), signature=""))
    assert "请在" in unsigned.content.decode()
    assert "Please sign in the field" not in unsigned.content.decode()
    missing = {"choice-ai_scoring": ""}
    refused = client.post(page, consent_form(siti.study.consent_documents.get(), **missing))
    assert "Taking part needs agreement" not in refused.content.decode()

    assert client.post(page, {"language": "ta"}).status_code == 422
    siti.refresh_from_db()
    assert siti.language == "zh-hans"


def test_the_sheet_with_the_link_is_in_the_participants_language(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    siti.language = "zh-hans"
    siti.save()
    client = as_person(team.amina)
    client.post(f"{PAGE}SG01-0001/consent/", consent_form(publish(team.study)))
    sheet = client.post(f"{PAGE}SG01-0001/link/", follow=True).content.decode()
    assert "您的个人链接" in sheet
    assert "Your personal link" not in sheet
    assert "Print" in sheet
