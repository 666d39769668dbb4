"""Staff pages of the protocol and of accounts, in a real browser."""

import time
from collections.abc import Iterator
from importlib import import_module

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from participants.visits.services import today
from studies.amendments.services.drafting import submit_amendment
from studies.consent_texts.models import ConsentDocument
from studies.protocol.models import Condition, VisitDefinition
from studies.record.models import AuditEvent
from tests.browser.chromium import (
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    assert_reads_well,
    follow,
    screenshot,
)
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.participants.people.factories import ParticipantFactory
from tests.studies.access.factories import PASSWORD
from tests.studies.amendments.factories import WEEK_12, changed, draft
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.instruments.factories import InstrumentFactory, InstrumentVersionFactory
from tests.studies.protocol.factories import (
    ArmFactory,
    EligibilityCriterionFactory,
    VisitDefinitionFactory,
)

pytestmark = pytest.mark.browser
STUDY = "/studies/MEL-8"


@pytest.fixture(autouse=True)
def record_of_acts_can_be_emptied(live_server: LiveServer) -> Iterator[None]:
    """The database is emptied after a test with a server; its triggers refuse that."""
    initial = import_module("studies.migrations.0001_initial")
    yield
    with connection.schema_editor() as editor:
        initial.allow_changes(None, editor)
    AuditEvent.objects.all().delete()
    with connection.schema_editor() as editor:
        initial.refuse_changes(None, editor)


@pytest.fixture
def conditions(live_server: LiveServer) -> None:
    """Another browser test may have emptied the table that a migration fills."""
    for order, code in enumerate(["melasma", "wrinkles", "pores"]):
        Condition.objects.get_or_create(code=code, defaults={"name": code.title(), "order": order})


@pytest.fixture
def protocol(conditions: None, team: Team) -> Team:
    study = team.study
    for number, day in enumerate((0, 7, 14, 28, 56)):
        VisitDefinitionFactory(
            study=study, code=f"day-{day}", name=f"Visit {number + 1}", day_offset=day
        )
    ConsentDocumentFactory(study=study)
    ConsentDocumentFactory(study=study, version="1.1", state=ConsentDocument.State.DRAFT)
    EligibilityCriterionFactory(study=study)
    ArmFactory(study=study, code="CREAM")
    InstrumentVersionFactory(instrument=InstrumentFactory(study=study))
    return team


def sign_in(page: Page, email: str = "dewi@example.org") -> None:
    page.goto("/accounts/login/")
    sign_in_here(page, email)


def end_the_session() -> None:
    Session.objects.all().delete()


def sign_in_here(page: Page, email: str = "dewi@example.org") -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def look(page: Page, name: str) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    screenshot(page, name)


def test_every_page_is_accessible(protocol: Team, desktop: Page) -> None:
    page = desktop
    for path in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        page.goto(path)
        assert_reads_well(page, path.strip("/").replace("/", "-"))
    sign_in(page)
    documents = ConsentDocument.objects.order_by("version__number")
    paths = [
        "/",
        "/account/",
        "/account/api-token/",
        "/accounts/2fa/",
        "/accounts/password/change/",
        "/accounts/logout/",
        f"{STUDY}/protocol/",
        f"{STUDY}/protocol/edit/",
        f"{STUDY}/protocol/conditions/",
        f"{STUDY}/protocol/visits/day-7/",
        f"{STUDY}/protocol/sites/add/",
        f"{STUDY}/protocol/screening/add/",
        f"{STUDY}/protocol/consent/add/",
        *(f"{STUDY}/protocol/consent/{document.pk}/" for document in documents),
        f"{STUDY}/protocol/close/",
        f"{STUDY}/people/",
        f"{STUDY}/people/add/",
        f"{STUDY}/record/",
        f"{STUDY}/instruments/",
        f"{STUDY}/instruments/import/",
        f"{STUDY}/instruments/itch/",
        f"{STUDY}/instruments/itch/1/",
        f"{STUDY}/instruments/itch/1/preview/",
    ]
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert_reads_well(page, f"staff{path.replace('/', '-')}")
    # The last one is a form to try: an answer shows the question that depends on it.
    expect(page.get_by_label("For how many days?")).to_have_count(0)
    page.get_by_label("Some").check()
    expect(page.get_by_label("For how many days?")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Check the answers").click()
    expect(page.get_by_text("These answers would be taken")).to_be_visible(timeout=30_000)
    assert_reads_well(page, "instrument-tried")


def test_every_page_of_an_amendment_is_accessible(protocol: Team, page_of: PageOf) -> None:
    study, dewi = protocol.study, protocol.dewi
    ParticipantFactory(site=protocol.sg01, enrolled_on=today(study))
    study.sites.filter(code="SG01").update(last_participant_number=1)
    row = changed(draft(study, dewi), dewi, week_12=WEEK_12)
    page = page_of(dewi)
    all_of_them = f"{STUDY}/protocol/amendments/"
    here = f"{all_of_them}{row.number}/"

    def look_at(*addresses: str) -> None:
        for address in addresses:
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            assert_reads_well(page, address.removeprefix(f"{STUDY}/protocol/").replace("/", "-"))

    parts = ("edit/", "visits/add/", "visits/week-12/", "conditions/", "targets/SG01/")
    look_at(here, *(f"{here}{part}" for part in parts))
    submit_amendment(amendment=row, by=dewi)
    look_at(all_of_them, f"{here}sites/SG01/")


def test_a_refused_form_says_why_and_outlives_the_session(protocol: Team, desktop: Page) -> None:
    desktop.clock.install()
    sign_in(desktop)
    desktop.goto(f"{STUDY}/protocol/visits/day-7/")
    desktop.get_by_label("Closes, days after").fill("9")
    desktop.get_by_label("Why?").fill("Longer")
    desktop.get_by_role("button", name="Save").click()
    expect(desktop.get_by_text("overlaps with that of Visit 3")).to_be_visible()
    expect(desktop.get_by_label("Closes, days after")).to_have_value("9")
    look(desktop, "refused-form")
    desktop.get_by_label("Closes, days after").fill("3")
    end_the_session()
    desktop.clock.fast_forward(30_000)  # so that the page's own sign-in is not believed any more
    desktop.get_by_role("button", name="Save").click()
    over = desktop.get_by_role("dialog", name="You have been signed out")
    expect(over).to_be_visible()
    look(desktop, "signed-out-over-the-page")
    with desktop.context.expect_page() as opened:
        over.get_by_role("link", name="Sign in").click()
    sign_in_here(opened.value)
    expect(desktop.get_by_text("Changed.", exact=True)).to_be_visible()
    assert VisitDefinition.objects.get(code="day-7").window_after == 3

    desktop.goto(f"{STUDY}/protocol/visits/day-7/")
    desktop.get_by_label("Closes, days after").fill("2")
    desktop.get_by_label("Why?").fill("Shorter")
    end_the_session()  # at once: the form is on its way before the page can ask
    desktop.get_by_role("button", name="Save").click()
    expect(desktop.get_by_role("heading", name="What you typed is kept")).to_be_visible()
    look(desktop, "what-you-typed-is-kept")
    with desktop.context.expect_page() as opened:
        desktop.get_by_role("link", name="Sign in").click()
    sign_in_here(opened.value)
    desktop.get_by_role("button", name="Send what I typed").click()
    expect(desktop.get_by_text("Changed.", exact=True)).to_be_visible()
    assert VisitDefinition.objects.get(code="day-7").window_after == 2


def test_an_authenticator_app_is_set_up_and_asked_for(
    protocol: Team, desktop: Page, open_page: OpenPage, settings: Settings
) -> None:
    settings.MFA_REQUIRED = True
    sign_in(desktop)
    expect(desktop.get_by_text("Please set up a second factor")).to_be_visible()
    look(desktop, "second-factor-wanted")
    follow(desktop.get_by_role("link", name="Set up an app"))
    look(desktop, "reauthenticate")
    desktop.get_by_label("Password").fill(PASSWORD)
    desktop.get_by_role("button", name="Confirm").click()
    secret = desktop.locator("#authenticator_secret").input_value()
    look(desktop, "set-up-app")
    desktop.get_by_label("Authenticator code").fill(_code(secret))
    desktop.get_by_role("button", name="Activate").click()
    expect(desktop.get_by_label("Unused codes")).to_be_visible()
    look(desktop, "recovery-codes")
    recovery = desktop.get_by_label("Unused codes").input_value().split()[0]
    desktop.goto("/")
    expect(desktop.get_by_role("heading", name="Studies")).to_be_visible()

    elsewhere = open_page("phone")
    sign_in(elsewhere)
    look(elsewhere, "code-asked")
    elsewhere.get_by_label("Code").first.fill(recovery)
    elsewhere.get_by_role("button", name="Sign in").click()
    expect(elsewhere.get_by_role("heading", name="Studies")).to_be_visible()


def test_a_passkey_is_added_and_opens_the_door_by_itself(
    protocol: Team, desktop: Page, settings: Settings
) -> None:
    settings.MFA_REQUIRED = True
    chrome = desktop.context.new_cdp_session(desktop)
    chrome.send("WebAuthn.enable")
    chrome.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(desktop)
    desktop.get_by_role("link", name="Add a key").click()
    desktop.get_by_label("Password").fill(PASSWORD)
    follow(desktop.get_by_role("button", name="Confirm"))
    look(desktop, "add-key")
    desktop.get_by_label("Passwordless").check()
    desktop.get_by_role("button", name="Add").click()
    expect(desktop.get_by_label("Unused codes")).to_be_visible()
    desktop.goto("/accounts/2fa/webauthn/")
    look(desktop, "keys")
    desktop.goto("/accounts/logout/")
    desktop.locator("main").get_by_role("button", name="Sign Out").click()
    desktop.goto("/accounts/login/")
    desktop.get_by_role("button", name="Use a passkey").click()
    expect(desktop.get_by_role("heading", name="Studies")).to_be_visible()


def _code(secret: str) -> str:
    counter = int(time.time()) // 30
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))
