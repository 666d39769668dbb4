"""A whole reading session in a browser: by keyboard and by touch, with a line that drops."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from inference.reading.models import Case, Reading, ReadingStudy, Seat
from inference.reading.services.opening import close_reading_study, open_reading_study
from inference.reading.services.seats import add_reader, remove_reader
from studies.access.models import User
from tests.browser.chromium import (
    assert_accessible,
    assert_no_sideways_scroll,
    assert_reads_well,
    screenshot,
)
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.inference.reading.making import (
    add_scale,
    make_draft,
    make_open,
    make_photos,
    make_reader,
    read_next,
    seat,
)
from tests.inference.reading.pictured import give_pictures
from tests.inference.reading.test_calibration import add_case

pytestmark = pytest.mark.browser

LIST = "/studies/MEL-8/my-reading/"
ROOM = "/studies/MEL-8/readings/READ-1/read/"
DECIDE = "/studies/MEL-8/readings/READ-1/decide/"
SAVES = re.compile(r"/read/[0-9a-f-]{36}/$")


@pytest.fixture
def una(team: Team, live_server: object) -> User:
    return make_reader(team, "Una")


def opened(team: Team, una: User, cases: int = 4, **fields: object) -> ReadingStudy:
    give_pictures(make_photos(team, cases))
    study: ReadingStudy = make_open(team, una, **fields)
    return study


def enter(page: Page) -> None:
    """To the first case, past what is told at the beginning."""
    page.goto(ROOM)
    page.get_by_role("button", name="Begin").click()
    ready(page)


def ready(page: Page) -> None:
    for stage in page.locator("[data-stage]").all():
        expect(stage).to_have_attribute("data-state", "ready")


def key_of(page: Page) -> str:
    return page.locator("[data-stage]").first.get_attribute("data-key") or ""


def far(page: Page, words: str) -> None:
    expect(page.locator("[data-far]")).to_have_text(words)


def all_sent(page: Page) -> None:
    expect(page.locator("[data-reading]")).to_have_attribute("data-unsent", "0")


def given(study: ReadingStudy, user: User) -> list[float]:
    rows = Reading.objects.standing().filter(turn__seat=seat(study, user))
    return [row.values["wrinkles"] for row in rows.order_by("saved_at")]


# --- By keyboard ---------------------------------------------------------------------------------


def test_a_whole_session_by_keyboard(team: Team, una: User, page_of: PageOf) -> None:
    study = opened(team, una)
    page = page_of(una)
    page.goto("/")
    page.get_by_role("link", name="MEL-8").click()
    expect(page.get_by_role("heading", name="My reading")).to_be_visible()
    assert_reads_well(page, "my-reading")
    page.get_by_role("link", name="Start").click()
    screenshot(page, "reading-help", full=False)
    page.get_by_role("button", name="Begin").click()
    ready(page)
    far(page, "Case 1 of 4")
    screenshot(page, "reading-desktop", full=False)
    keys = []
    for number, grade in enumerate("0213", start=1):
        far(page, f"Case {number} of 4")
        ready(page)
        keys.append(key_of(page))
        page.keyboard.press(grade)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All read, thank you")).to_be_visible()
    assert_accessible(page)
    assert len(set(keys)) == 4
    assert given(study, una) == [0, 2, 1, 3]
    said = Reading.objects.standing().order_by("saved_at")
    assert all(0 < one.active_ms < 120_000 for one in said)
    assert [str(one.turn.key) for one in said] == keys


def test_the_last_answer_is_taken_back_once_by_a_key(
    team: Team, una: User, page_of: PageOf
) -> None:
    study = opened(team, una)
    page = page_of(una)
    enter(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    far(page, "Case 2 of 4")
    ready(page)
    all_sent(page)
    page.keyboard.press("z")
    far(page, "Case 1 of 4")
    expect(page.get_by_role("radio", name="Mild")).to_be_checked()
    expect(page.locator("[data-act=undo]")).to_be_disabled()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    far(page, "Case 2 of 4")
    all_sent(page)
    rows = Reading.objects.filter(turn__seat=seat(study, una)).order_by("pk")
    said = [(one.values["wrinkles"], bool(one.undone_at)) for one in rows]
    assert said == [(1, True), (2, False)]


def test_several_scales_unreadable_pause_and_keys_that_are_off(
    team: Team, una: User, page_of: PageOf
) -> None:
    give_pictures(make_photos(team, 3))
    study = make_draft(team, brightness=True)
    add_scale(study, code="masi", title="MASI", kind="masi", grades=[])
    add_scale(study, code="spots", title="Spots", kind="count", grades=[])
    add_scale(study, code="all", title="Overall", kind="line", grades=[])
    add_reader(study=study, user=una, by=team.dewi)
    open_reading_study(study=study, by=team.dewi)
    page = page_of(una)
    enter(page)
    save = page.locator("[data-act=save]")
    # Grade, then area, darkness and homogeneity of four areas: where nothing is affected, at once.
    page.keyboard.type("242200")
    expect(page.locator("[data-score]")).to_have_text("–")
    page.keyboard.type("0")
    expect(page.locator("[data-score]")).to_have_text("4.8")
    expect(save).to_be_disabled()
    page.keyboard.type("12")
    page.get_by_label("Overall, 0 to 100").press("PageUp")
    expect(save).to_be_enabled()
    page.get_by_text("Brightness and contrast").click()
    page.get_by_label("Brightness", exact=True).fill("130")
    assert_reads_well(page, "reading-scales", "desktop", "tablet")
    page.keyboard.press("Enter")
    far(page, "Case 2 of 3")
    all_sent(page)
    first = Reading.objects.get()
    assert first.values == {"wrinkles": 2, "masi": 4.8, "spots": 12, "all": 10}
    assert first.parts["masi"]["forehead"] == {"area": 4, "darkness": 2, "homogeneity": 2}
    assert first.viewing == {"brightness": 130, "contrast": 100}
    expect(page.get_by_label("Brightness", exact=True)).to_have_value("100")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    expect(page.locator("[data-stage]")).to_be_hidden()
    screenshot(page, "reading-paused", full=False)
    page.keyboard.press("p")
    expect(page.locator("[data-stage]")).to_be_visible()
    page.keyboard.press("u")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    far(page, "Case 3 of 3")
    all_sent(page)
    assert Reading.objects.latest("pk").unreadable == "dark"
    page.get_by_role("button", name="Help").click()
    page.get_by_label("Use these keys").uncheck()
    page.get_by_role("button", name="Begin").click()
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="Moderate")).not_to_be_checked()


def test_pairs_move_in_step(team: Team, una: User, page_of: PageOf) -> None:
    give_pictures(make_photos(team, 2, visits=2))
    make_open(team, una, shown="pairs")
    page = page_of(una)
    enter(page)
    stages = page.locator("[data-stage]")
    expect(stages).to_have_count(2)
    stages.first.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(800)
    zooms = [float(stage.get_attribute("data-zoom") or 0) for stage in stages.all()]
    sizes = [stage.get_attribute("data-size") for stage in stages.all()]
    scale = {"screen": 1.0, "full": 3072 / 1280}
    real = [zoom * scale[size or "screen"] for zoom, size in zip(zooms, sizes, strict=True)]
    assert real[0] == pytest.approx(real[1], rel=0.02)
    screenshot(page, "reading-pairs", full=False)


def test_training_tells_what_was_expected_and_calibration_how_it_went(
    team: Team, una: User, page_of: PageOf
) -> None:
    photos = make_photos(team, 4)
    give_pictures(photos)
    study = make_draft(team, calibration_needs=100)
    add_case(study, photos[0], "training", 2)
    add_case(study, photos[1], "calibration", 1)
    add_reader(study=study, user=una, by=team.dewi)
    open_reading_study(study=study, by=team.dewi)
    page = page_of(una)
    enter(page)
    far(page, "Training case 1 of 1")
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Training")).to_be_visible()
    expect(page.get_by_role("row", name="Wrinkles")).to_contain_text("2 Moderate")
    expect(page.get_by_text("Look at the corners of the eyes.")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "reading-training", full=False)
    page.keyboard.press("Enter")
    far(page, "Calibration case 1 of 1")
    ready(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Calibration passed")).to_be_visible()
    page.keyboard.press("Enter")
    far(page, "Case 1 of 2")
    ready(page)


# --- By touch ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["phone", "tablet"])
def test_a_session_by_touch(team: Team, una: User, page_of: PageOf, size: str) -> None:
    study = opened(team, una, cases=3)
    page = page_of(una, size)
    page.goto(ROOM)
    page.get_by_role("button", name="Begin").tap()
    ready(page)
    assert_no_sideways_scroll(page)
    screenshot(page, f"reading-{size}", full=False)
    page.locator("label", has_text="Moderate").tap()
    page.get_by_role("button", name="Save and next").tap()
    far(page, "Case 2 of 3")
    ready(page)
    page.get_by_label("Go on at once when all is graded").check()
    page.locator("label", has_text="Mild").first.tap()
    far(page, "Case 3 of 3")
    ready(page)
    page.get_by_text("Cannot be read", exact=True).tap()
    screenshot(page, f"reading-{size}-unreadable")
    page.locator("label", has_text="Blurred").tap()
    expect(page.get_by_role("heading", name="All read, thank you")).to_be_visible()
    assert_accessible(page)
    rows = Reading.objects.standing().order_by("saved_at")
    assert [row.values or row.unreadable for row in rows] == [
        {"wrinkles": 2},
        {"wrinkles": 1},
        "blurred",
    ]
    assert study.cases.count() == 3


# --- A bad line, two tabs, the end ---------------------------------------------------------------


def test_a_connection_that_drops_after_each_photo_loses_nothing(
    team: Team, una: User, page_of: PageOf
) -> None:
    study = opened(team, una)
    page = page_of(una)
    enter(page)
    dropped: list[str] = []

    def drop(route: Route) -> None:
        """Each answer reaches the server, and the first two times what it says is lost."""
        if dropped.count(route.request.url) < 2:
            route.fetch()
            dropped.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route(SAVES, drop)
    for number, grade in enumerate("0123", start=1):
        far(page, f"Case {number} of 4")
        ready(page)
        page.keyboard.press(grade)
        page.keyboard.press("Enter")
    expect(page.locator("[data-notice]")).to_contain_text(
        "kept here and sent as soon as that works"
    )
    screenshot(page, "reading-offline", full=False)
    expect(page.get_by_role("heading", name="All read, thank you")).to_be_visible(timeout=60_000)
    assert given(study, una) == [0, 1, 2, 3]
    assert Reading.objects.count() == 4
    assert len(dropped) == 8


def test_answers_outlive_a_page_that_is_loaded_again_without_a_line(
    team: Team, una: User, page_of: PageOf
) -> None:
    study = opened(team, una)
    page = page_of(una)
    enter(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.route(SAVES, lambda route: route.abort())
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    far(page, "Case 2 of 4")
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    page.unroute(SAVES)
    page.reload()
    far(page, "Case 2 of 4")
    all_sent(page)
    assert given(study, una) == [3]


def test_a_second_tab_is_told_and_goes_on(team: Team, una: User, page_of: PageOf) -> None:
    study = opened(team, una)
    page = page_of(una)
    enter(page)
    read_next(study, una, 1)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="This case is not the next one")).to_be_visible()
    screenshot(page, "reading-other-tab", full=False)
    page.get_by_role("button", name="Go on with the next").click()
    expect(page.locator("[data-stage]")).to_be_visible()
    far(page, "Case 2 of 4")
    ready(page)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    far(page, "Case 3 of 4")
    all_sent(page)
    assert given(study, una) == [1, 3]


@pytest.mark.parametrize("how", ["closed", "removed"])
def test_an_end_in_the_middle_is_told(team: Team, una: User, page_of: PageOf, how: str) -> None:
    study = opened(team, una)
    page = page_of(una)
    enter(page)
    if how == "closed":
        close_reading_study(study=study, by=team.dewi, reason="Enough.")
    else:
        remove_reader(seat=seat(study, una), reason="Ill.", by=team.dewi)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-end]")).to_be_visible()
    expect(page.locator("[data-stage]")).to_be_hidden()
    page.locator("[data-end-out]").click()
    expect(page.get_by_role("heading", name="My reading")).to_be_visible()
    assert not Reading.objects.exists()


# --- Deciding ------------------------------------------------------------------------------------


def test_an_adjudicator_decides_by_keyboard(team: Team, una: User, page_of: PageOf) -> None:
    vito = make_reader(team, "Vito")
    wei = make_reader(team, "Wei", role="adjudicator")
    give_pictures(make_photos(team, 2))
    study = make_open(team, una, vito, adjudicator=wei)
    for reader, grade in ((una, 0), (vito, 3)):
        for _case in range(2):
            read_next(study, reader, grade)
    page = page_of(wei)
    page.goto(LIST)
    page.get_by_role("link", name="Start deciding").click()
    page.get_by_role("button", name="Take the first one").click()
    for _case in range(2):
        ready(page)
        expect(page.get_by_text("What readers said")).to_be_visible()
        screenshot(page, "deciding", full=False)
        page.keyboard.press("2")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No case waits")).to_be_visible()
    assert_accessible(page)
    theirs = Seat.objects.get(user=wei)
    rows = [case.adjudication for case in Case.objects.all()]
    assert [(row.values, row.seat_id) for row in rows] == [({"wrinkles": 2}, theirs.pk)] * 2
