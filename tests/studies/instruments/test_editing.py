"""A published version is copied to a draft, changed in pages, and published as the next one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from studies.access.models import User
from studies.instruments import editing
from studies.instruments.definition import Choice, Definition
from studies.instruments.editing import Wanted
from studies.instruments.engine import close_engine
from studies.instruments.errors import VersionFixed
from studies.instruments.models import InstrumentVersion
from studies.instruments.reading.sheets import read_sheets
from studies.instruments.reading.xlsform import read_xlsform
from studies.instruments.report import Report
from studies.instruments.services import (
    add_language,
    change_question,
    draft_from,
    move_question,
    publish_version,
    shown_values,
)
from studies.platform.errors import Invalid
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.instruments.factories import SMALL, InstrumentFactory, InstrumentVersionFactory
from tests.typed import words

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
HOME = "/studies/MEL-8/instruments/itch/"
WORDS = {"default": "How itchy is it?"}


@pytest.fixture(scope="module", autouse=True)
def engine_closed() -> Iterator[None]:
    yield
    close_engine()


@pytest.fixture
def asked(team: Team) -> InstrumentVersion:
    row: InstrumentVersion = InstrumentVersionFactory(
        instrument=InstrumentFactory(study=team.study), state="published", sha256="1" * 64
    )
    return row


@pytest.fixture
def draft(team: Team, asked: InstrumentVersion) -> InstrumentVersion:
    return draft_from(version=asked, by=team.dewi)


def choices(*names: str, **more: str) -> list[Choice]:
    return [Choice(name=name, labels={"default": more.get(name, name)}) for name in names]


def change(draft: InstrumentVersion, by: User, **wanted: Any) -> Definition:
    given = {"labels": WORDS, "required": True, **wanted}
    return change_question(version=draft, name="itch", wanted=Wanted(**given), by=by).form


def test_the_published_version_stays_and_the_copy_becomes_the_next(
    team: Team, asked: InstrumentVersion, draft: InstrumentVersion
) -> None:
    before = asked.content()
    assert (draft.number, draft.state, draft.form.version) == (2, "draft", "1-2")
    form = change(draft, team.dewi, hints={"default": "Now"})
    item = editing.find(form, "itch")
    assert item is not None
    assert (item.labels, item.hints, item.required) == (WORDS, {"default": "Now"}, "true()")
    draft.refresh_from_db()
    assert "How itchy is it?" in draft.xform
    publish_version(version=draft, by=team.dewi, applies_to="from now on")
    asked.refresh_from_db()
    assert (asked.state, asked.content()) == ("superseded", before)
    for act in (
        lambda: change(draft, team.dewi),
        lambda: move_question(version=asked, name="itch", up=False, by=team.dewi),
        lambda: add_language(version=asked, language="ไทย (th)", by=team.dewi),
    ):
        with pytest.raises(VersionFixed):
            act()


def test_there_is_one_draft_at_a_time(
    team: Team, asked: InstrumentVersion, draft: InstrumentVersion
) -> None:
    with pytest.raises(VersionFixed, match="a draft of itch already"):
        draft_from(version=asked, by=team.dewi)


def test_choices_are_worded_ordered_added_and_taken_out_unless_logic_asks_for_them(
    team: Team, draft: InstrumentVersion
) -> None:
    form = change(draft, team.dewi, choices=choices("2", "1", "3", "0", **{"3": "Worse"}))
    assert [one.name for one in form.lists["much"]] == ["2", "1", "3", "0"]
    form = change(draft, team.dewi, choices=choices("2", "0"))
    assert [one.name for one in form.lists["much"]] == ["2", "0"]
    for wrong in ([], choices("1", "1"), choices("a b"), [Choice(name="1")]):
        with pytest.raises(Invalid):
            change(draft, team.dewi, choices=wrong)
    decides = draft.definition
    decides["items"][1]["relevant"] = "${itch} = '2'"
    InstrumentVersion.objects.filter(pk=draft.pk).update(definition=decides)
    draft.refresh_from_db()
    with pytest.raises(Invalid) as refusal:
        change(draft, team.dewi, choices=choices("0", "1"))
    assert "skip logic of “days” asks for the choice “2”" in str(refusal.value.detail)


def test_a_question_moves_within_its_group_and_not_past_its_end(
    team: Team, draft: InstrumentVersion
) -> None:
    move_question(version=draft, name="days", up=True, by=team.dewi)
    draft.refresh_from_db()
    assert [item.name for item in draft.form.walk()] == ["days", "itch", "score"]
    with pytest.raises(Invalid, match="is the first in its group"):
        move_question(version=draft, name="days", up=True, by=team.dewi)


def test_another_language_and_its_words_come_out_in_the_file(
    team: Team, draft: InstrumentVersion
) -> None:
    from studies.instruments.reading.writing import workbook_of

    add_language(version=draft, language="ไทย (th)", by=team.dewi)
    with pytest.raises(Invalid):
        add_language(version=draft, language="ไทย (th)", by=team.dewi)
    form = change(draft, team.dewi, labels={**WORDS, "ไทย (th)": "คันไหม"})
    again = read_xlsform(read_sheets(workbook_of(form)), Report(), file_name="itch")
    item = editing.find(again, "itch")
    assert item is not None
    assert item.labels["ไทย (th)"] == "คันไหม"


def test_two_people_in_one_draft_are_told_of_each_other(
    team: Team, draft: InstrumentVersion
) -> None:
    seen = Seen.of(shown_values(draft))
    change(draft, team.dewi)
    with pytest.raises(ChangedMeanwhile):
        move_question(version=draft, name="days", up=True, by=team.chandra, seen=seen)


def test_the_trail_has_old_and_new_of_what_changed_and_nothing_else(
    team: Team, draft: InstrumentVersion
) -> None:
    change(draft, team.dewi)
    event = AuditEvent.objects.filter(action="instrument.change").latest("pk").contents
    assert event.old == {"labels": {"default": "How much does it itch?"}}
    assert event.new == {
        "instrument": "itch", "version": 2, "question": "itch", "labels": WORDS,
    }  # fmt: skip


def test_the_pages_copy_change_and_publish(
    team: Team, asked: InstrumentVersion, as_person: Sign
) -> None:
    dewi = as_person(team.dewi)
    assert dewi.get(f"{HOME}1/questions/itch/").status_code == 404, "published"
    assert dewi.post(f"{HOME}1/copy/").status_code == 302
    assert dewi.post(f"{HOME}1/copy/").status_code == 409
    page = dewi.get(f"{HOME}2/questions/itch/")
    assert "Choices" in words(page)
    shown = page.context["form"]
    sent = {name: field.initial for name, field in shown.fields.items() if field.initial}
    sent |= {"labels-0": "How itchy is it?", "choice-1-0": "Not at all", "place-1": "9"}
    sent |= {"gone-2": "on", "new-code": "3", "choice-4-0": "Very much", "place-4": "5"}
    sent |= {"seen": shown.initial["seen"]}
    assert dewi.post(f"{HOME}2/questions/itch/", {**sent, "labels-0": ""}).status_code == 422
    assert dewi.post(f"{HOME}2/questions/itch/", sent).status_code == 302
    draft = InstrumentVersion.objects.get(number=2)
    assert [(one.name, one.labels["default"]) for one in draft.form.lists["much"]] == [
        ("2", "Much"), ("3", "Very much"), ("0", "Not at all"),
    ]  # fmt: skip
    assert dewi.post(f"{HOME}2/questions/itch/", sent).status_code == 409, "stale"
    moved = dewi.post(f"{HOME}2/questions/score/move/", {"to": "up"})
    assert moved.status_code == 302
    assert dewi.post(f"{HOME}2/language/", {"language": "ไทย (th)"}).status_code == 302
    assert dewi.post(f"{HOME}2/language/", {"language": ""}).status_code == 422
    assert "ไทย (th)" in words(dewi.get(f"{HOME}2/questions/itch/"))
    assert dewi.post(f"{HOME}2/publish/", {"applies_to": "all"}).status_code == 302
    assert SMALL.items[0].labels == {"default": "How much does it itch?"}
