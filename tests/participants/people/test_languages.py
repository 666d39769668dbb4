"""In which language a participant's pages open, choosing another, and one that is switched off."""

import gzip
import json

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import translation

from participants.people.errors import LanguageNotOffered, LinkExpired
from participants.people.services import invitations, languages
from participants.people.services.invitations import Issued
from participants.words.languages import LANGUAGES, words_version
from studies.platform.errors import NotAllowed
from studies.protocol.services.studies import edit_study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.phone import Phone, make_phone

ALL = ["en", "zh-hans", "ms", "ta", "id", "th", "vi"]

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def phone(team: Team) -> Phone:
    team.study.languages = ALL
    team.study.save()
    phone = make_phone(team.sg01)
    phone.participant.language = "ta"
    phone.participant.save()
    return phone


@pytest.fixture
def issued(phone: Phone, team: Team) -> Issued:
    return invitations.issue(participant=phone.participant, by=team.amina)


def page(client: Client, path: str, **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()


class TestTheLink:
    def test_opens_in_the_participants_language_whatever_the_browser_asks_for(self, issued):
        html = page(Client(), f"/p/{issued.token}/", accept_language="de,en")
        assert '<html lang="ta" data-speech="ta-IN">' in html
        assert "வரவேற்கிறோம்" in html
        issued.invitation.refresh_from_db()
        assert issued.invitation.first_used_at is None  # looked up, not used

    @pytest.mark.parametrize(
        ("asked", "lang"), [("zh-CN,zh;q=0.9", "zh-Hans"), ("vi", "vi"), ("de,fr", "en")]
    )
    def test_of_nobody_opens_in_the_browsers_language_if_it_is_ours(self, db, asked, lang):
        html = page(Client(), "/p/no-such-token-at-all-12345678/", accept_language=asked)
        assert f'<html lang="{lang}"' in html

    def test_offers_the_languages_of_its_study_and_no_others(self, issued, team):
        team.study.languages = ["en", "ta"]
        team.study.save()
        html = page(Client(), f"/p/{issued.token}/")
        assert 'href="?language=en" lang="en"' in html
        assert "language=th" not in html

    def test_read_in_another_language_opens_and_stays_in_it(self, issued, phone):
        browser = Client()
        address = f"/p/{issued.token}/?language=th"
        assert "ยินดีต้อนรับ" in page(browser, address)
        phone.participant.refresh_from_db()
        assert phone.participant.language == "ta"  # looking keeps nothing
        assert browser.post(address).status_code == 302
        phone.participant.refresh_from_db()
        assert phone.participant.language == "th"
        assert '<html lang="th"' in page(browser, "/my/")

    def test_opened_without_choosing_keeps_what_was_chosen(self, issued, phone):
        Client().post(f"/p/{issued.token}/")
        phone.participant.refresh_from_db()
        assert phone.participant.language == "ta"
        assert not AuditEvent.objects.filter(action="participant.choose_language").exists()

    def test_that_was_stopped_says_so_in_the_participants_language(self, issued, team):
        invitations.revoke(invitation=issued.invitation, by=team.amina)
        html = Client().post(f"/p/{issued.token}/").content.decode()
        with translation.override("ta"):
            assert translation.gettext("This link was stopped") in html
        assert "This link was stopped" not in html


class TestChoosing:
    def test_is_kept_and_recorded(self, phone):
        answer = phone.client.post("/my/language/", {"language": "vi", "next": "/my/"})
        assert (answer.status_code, answer["Location"]) == (302, "/my/")
        phone.participant.refresh_from_db()
        assert phone.participant.language == "vi"
        event = AuditEvent.objects.get(action="participant.choose_language")
        assert (event.contents.old, event.contents.new) == ({"language": "ta"}, {"language": "vi"})
        assert event.actor_kind == "participant"
        with translation.override("vi"):
            told = [str(one) for one in get_messages(answer.wsgi_request)]
            assert told == [
                translation.gettext("Your pages and messages are now in this language.")
            ]

    def test_the_same_again_is_not_recorded(self, phone):
        phone.client.post("/my/language/", {"language": "ta"})
        assert not AuditEvent.objects.filter(action="participant.choose_language").exists()

    @pytest.mark.parametrize("language", ["de", "", "th", "../en"])
    def test_is_limited_to_what_the_study_offers(self, phone, team, language):
        team.study.languages = ["en", "ta"]
        team.study.save()
        assert phone.client.post("/my/language/", {"language": language}).status_code == 422
        phone.participant.refresh_from_db()
        assert phone.participant.language == "ta"

    @pytest.mark.parametrize(
        "elsewhere", ["https://example.org/my/", "//example.org/my/", "/studies/", "/my/../studies"]
    )
    def test_leads_back_to_a_page_of_the_participants_only(self, phone, elsewhere):
        answer = phone.client.post("/my/language/", {"language": "th", "next": elsewhere})
        assert answer["Location"].startswith("/my/")
        assert ".." not in answer["Location"]

    def test_needs_a_link_that_was_opened(self, db):
        assert Client().get("/my/language/").status_code == 403

    def test_works_before_any_consent(self, phone):
        phone.participant.consents.all().delete()
        assert phone.client.post("/my/language/", {"language": "th"}).status_code == 302

    def test_names_each_language_in_its_own_words(self, phone):
        html = page(phone.client, "/my/language/")
        for language in LANGUAGES.values():
            assert f'value="{language.code}" lang="{language.tag}"' in html
            assert f'<span class="language__name">{language.name}</span>' in html

    def test_for_a_participant_is_open_to_their_coordinator_only(self, phone, team):
        languages.choose_language(participant=phone.participant, language="id", by=team.amina)
        for stranger in (team.budi, team.chandra, team.ewa):
            with pytest.raises(NotAllowed):
                languages.choose_language(participant=phone.participant, language="th", by=stranger)


class TestALanguageSwitchedOff:
    @pytest.fixture
    def reader(self, phone, team):
        edit_study(study=team.study, by=team.dewi, languages=["ms", "en"], reason="Reviewed two.")
        return phone

    def test_gives_way_to_the_studys_first(self, reader):
        assert '<html lang="ms"' in page(reader.client, "/my/")

    def test_is_told_in_that_language_until_another_is_chosen(self, reader):
        told = '<div class="notice notice--info" lang="ta">'
        assert told in page(reader.client, "/my/")
        reader.client.post("/my/language/", {"language": "ms"})
        assert told not in page(reader.client, "/my/")

    def test_counts_again_once_it_is_switched_on(self, reader, team):
        edit_study(study=team.study, by=team.dewi, languages=ALL, reason="Reviewed all.")
        assert '<html lang="ta"' in page(reader.client, "/my/")

    def test_is_not_chosen_by_a_page_opened_before(self, reader):
        with pytest.raises(LanguageNotOffered):
            languages.choose_language(
                participant=reader.participant, language="ta", by=reader.participant
            )


class TestRefusalsAndFaults:
    def test_a_refusal_has_its_title_in_the_language_it_was_made_in(self):
        with translation.override("th"):
            assert LinkExpired("…").title == translation.gettext("This link has expired")
            assert LinkExpired("…").title != LinkExpired.title

    def test_problem_details_are_in_the_participants_language(self, phone):
        answer = phone.client.post("/my/uploads/", headers={"Tus-Resumable": "0.1"})
        with translation.override("ta"):
            title = translation.gettext("Unknown version of the upload protocol")
        assert answer.json()["title"] == title

    def test_an_address_that_leads_nowhere_is_a_page_of_theirs(self, phone):
        answer = phone.client.get("/my/nothing/")
        assert answer.status_code == 404
        with translation.override("ta"):
            assert translation.gettext("There is nothing here") in answer.content.decode()

    def test_a_form_without_its_token_is_a_page_of_theirs(self, phone):
        careful = Client(enforce_csrf_checks=True)
        careful.cookies = phone.client.cookies
        answer = careful.post("/my/language/", {"language": "th"})
        assert answer.status_code == 403
        with translation.override("ta"):
            assert translation.gettext("Please send this again") in answer.content.decode()

    def test_a_fault_is_a_page_of_theirs(self, phone, monkeypatch):
        def fail(*_args, **_more):
            raise RuntimeError("broken")

        monkeypatch.setattr("participants.people.views.language.render", fail)
        phone.client.raise_request_exception = False
        answer = phone.client.get("/my/language/")
        assert answer.status_code == 500
        with translation.override("ta"):
            words = translation.gettext("Something went wrong on our side")
        assert words in answer.content.decode()


class TestStaff:
    def test_read_english_whatever_their_browser_asks_for(self, team, as_person):
        html = page(as_person(team.dewi), "/studies/MEL-8/edit/", accept_language="th")
        assert '<html lang="en"' in html
        assert not [letter for letter in html.replace("ไทย", "") if "฀" <= letter <= "๿"]

    def test_get_their_own_error_page(self, team, as_person):
        answer = as_person(team.dewi).get("/nothing/", headers={"accept-language": "th"})
        assert answer.status_code == 404
        assert 'class="entrance"' in answer.content.decode()


class TestTheWordsForScripts:
    def test_are_the_languages_own_and_open_to_all(self, db):
        escaped = json.dumps("சற்றுப் பொறுங்கள்…").strip('"')
        assert escaped in page(Client(), "/my/words/ta.js")

    def test_are_kept_for_good_under_their_version_alone(self, db):
        now = Client().get(f"/my/words/ta.js?v={words_version('ta')}")
        assert now["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Cookie" not in now["Vary"]
        old = Client().get("/my/words/ta.js?v=0123456789ab")
        assert old["Cache-Control"] == "public, max-age=300"

    def test_travel_compressed(self, db):
        answer = Client().get("/my/words/ta.js", headers={"accept-encoding": "gzip"})
        assert b"django.catalog" in gzip.decompress(answer.content)

    def test_of_a_language_we_have_not_are_not_found(self, db):
        assert Client().get("/my/words/de.js").status_code == 404

    def test_are_named_by_every_page_before_its_modules(self, phone):
        html = page(phone.client, "/my/")
        address = f'<script src="/my/words/ta.js?v={words_version("ta")}" defer></script>'
        assert address in html
        assert html.index(address) < html.index('type="module"')
