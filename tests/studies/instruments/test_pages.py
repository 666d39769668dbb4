"""The pages of instruments: importing with a report, trying, publishing, taking files out."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from studies.instruments.models import InstrumentVersion
from studies.instruments.reading.sheets import read_sheets
from tests.conftest import Team
from tests.studies.instruments.factories import FILES, InstrumentFactory, InstrumentVersionFactory
from tests.studies.staff import SignIn, text

pytestmark = pytest.mark.django_db
PAGE = "/studies/MEL-8/instruments/"
VERSION = f"{PAGE}itch/1/"
DICTIONARY = (FILES / "redcap_dictionary_skin.csv").read_bytes()


@pytest.fixture
def draft(team: Team) -> InstrumentVersion:
    made: InstrumentVersion = InstrumentVersionFactory(
        instrument=InstrumentFactory(study=team.study)
    )
    return made


def upload(browser: Client, name: str, data: bytes) -> "object":
    file = SimpleUploadedFile(name, data)
    return browser.post(f"{PAGE}import/", {"file": file})


def test_an_investigator_imports_reads_the_report_and_publishes(
    team: Team, as_person: SignIn
) -> None:
    browser = as_person(team.chandra)
    assert "No questionnaires yet" in text(browser, PAGE)
    answer = upload(browser, "skin.csv", DICTIONARY)
    page = f"{PAGE}skin_week/1/"
    assert answer["Location"] == page
    shown = text(browser, page)
    for words in ("3 refused", "kept sealed", "line 12", "Products used", "selected(${used}"):
        assert words in shown, words
    asked = browser.post(f"{page}publish/")
    assert asked.status_code == 422
    version = InstrumentVersion.objects.get()
    key = f"refused:{version.source_sha256[:16]}"
    assert key in asked.content.decode()
    assert browser.post(f"{page}publish/", {"confirmed": [key]}).status_code == 302
    shown = text(browser, page)
    assert "published" in shown.lower()
    assert f"{page}publish/" not in shown
    version.refresh_from_db()
    assert version.sha256 in shown
    assert "version 1" in text(browser, PAGE)
    assert "skin.csv" in text(browser, f"{PAGE}skin_week/")


def test_a_file_that_cannot_be_read_says_why_beside_the_field(
    team: Team, as_person: SignIn
) -> None:
    answer = upload(as_person(team.dewi), "form.csv", b"name,age\nA,3\n")
    assert answer.status_code == 422
    assert "no REDCap data dictionary" in answer.content.decode()
    nothing = as_person(team.dewi).post(f"{PAGE}import/")
    assert nothing.status_code == 422
    assert not InstrumentVersion.objects.exists()


def test_a_version_is_tried_as_on_a_phone_and_nothing_is_kept(
    team: Team, as_person: SignIn, draft: InstrumentVersion
) -> None:
    browser = as_person(team.amina)
    empty = text(browser, f"{VERSION}preview/")
    assert "How much does it itch?" in empty
    assert "For how many days?" not in empty
    answers = {"answered": "1", "/data/itch": "2"}
    shown = browser.post(f"{VERSION}preview/", answers, headers={"HX-Request": "true"})
    fragment = shown.content.decode()
    assert fragment.lstrip().startswith("<form")
    assert "For how many days?" in fragment
    assert "would not be taken" not in fragment
    wrong = browser.post(f"{VERSION}preview/", {**answers, "/data/days": "100", "check": "1"})
    assert "1 answer needs a look" in wrong.content.decode()
    right = browser.post(f"{VERSION}preview/", {**answers, "/data/days": "9", "check": "1"})
    assert "These answers would be taken" in right.content.decode()
    assert "<dd>4</dd>" in right.content.decode()
    before = draft.xform
    draft.refresh_from_db()
    assert draft.xform == before


def test_files_come_out_again(team: Team, as_person: SignIn, draft: InstrumentVersion) -> None:
    browser = as_person(team.ewa)
    book = browser.get(f"{VERSION}xlsform/")
    assert "itch-1.xlsx" in book["Content-Disposition"]
    rows = read_sheets(BytesIO(book.content).getvalue())["survey"]["rows"]
    assert [row[:2] for row in rows[1:]] == [
        ["select_one much", "itch"],
        ["integer", "days"],
        ["calculate", "score"],
    ]
    table = browser.get(f"{VERSION}dictionary/")
    assert "itch-1.csv" in table["Content-Disposition"]
    assert "[itch] > 0" in table.content.decode()


def test_who_only_reads_sees_no_way_to_change(
    team: Team, as_person: SignIn, draft: InstrumentVersion
) -> None:
    browser = as_person(team.ewa)
    for page in (PAGE, VERSION):
        shown = text(browser, page)
        assert "import/" not in shown
        assert "publish/" not in shown
        assert "discard/" not in shown
    assert browser.get(f"{PAGE}itch/2/").status_code == 404
    assert as_person(team.farid).get(VERSION).status_code == 404


def test_a_draft_is_discarded(team: Team, as_person: SignIn, draft: InstrumentVersion) -> None:
    assert as_person(team.dewi).post(f"{VERSION}discard/")["Location"] == PAGE
    assert not InstrumentVersion.objects.exists()


def test_the_api_tells_versions(team: Team, as_person: SignIn, draft: InstrumentVersion) -> None:
    browser = as_person(team.ewa)
    (found,) = browser.get("/api/v1/studies/MEL-8/instruments/").json()["results"]
    assert (found["code"], found["versions"][0]["state"]) == ("itch", "draft")
    one = browser.get("/api/v1/studies/MEL-8/instruments/itch/").json()
    assert one == found
    assert browser.get("/api/v1/studies/MEL-8/instruments/none/").status_code == 404
