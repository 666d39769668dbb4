"""A reader's pages: who is let in, which pictures are handed out, what each state says."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from inference.reading.models import Anchor, Reading, ReadingStudy
from inference.reading.services.adjudicating import claim_next
from inference.reading.services.opening import close_reading_study, open_reading_study
from inference.reading.services.pictures import STEP
from inference.reading.services.seats import add_reader, remove_reader
from studies.access.models import User
from studies.platform.storage import store
from studies.record.models import AuditEvent
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
from tests.inference.reading.pictured import give_pictures, picture

SignIn = Callable[[User], Client]
LIST = "/studies/MEL-8/my-reading/"
ROOM = "/studies/MEL-8/readings/READ-1/read/"
DECIDE = "/studies/MEL-8/readings/READ-1/decide/"


@pytest.fixture
def una(team: Team) -> User:
    return make_reader(team, "Una")


@pytest.fixture
def vito(team: Team) -> User:
    return make_reader(team, "Vito")


def pictured(team: Team, *readers: User, cases: int = 5, **fields: Any) -> ReadingStudy:
    give_pictures(make_photos(team, cases))
    study: ReadingStudy = make_open(team, *readers, **fields)
    return study


def keys(study: ReadingStudy, user: User) -> list[str]:
    turns = seat(study, user).turns.order_by("position")
    return [str(key) for key in turns.values_list("key", flat=True)]


def send(client: Client, path: str, **told: Any) -> Any:
    body = json.dumps({"request_id": str(uuid4())} | told)
    return client.post(path, body, content_type="application/json")


# --- Where a reader lands ------------------------------------------------------------------------


def test_a_reader_lands_where_they_read(team: Team, una: User, as_person: SignIn) -> None:
    page = as_person(una).get("/").content.decode()
    assert f'href="{LIST}"' in page
    assert LIST not in as_person(team.dewi).get("/").content.decode()
    empty = as_person(una).get(LIST).content.decode()
    assert "Nothing to grade yet" in empty


def test_whose_rights_rest_lands_there_too(team: Team, as_person: SignIn) -> None:
    make_photos(team, 2)
    assert LIST not in as_person(team.chandra).get("/").content.decode()
    make_open(team, team.chandra)
    assert f'href="{LIST}"' in as_person(team.chandra).get("/").content.decode()


def test_the_list_tells_each_state(team: Team, una: User, as_person: SignIn) -> None:
    make_photos(team, 2)
    study = make_draft(team)
    add_reader(study=study, user=una, by=team.dewi)
    client = as_person(una)

    def told() -> str:
        return " ".join(client.get(LIST).content.decode().split())

    assert "Not open yet" in told()
    assert client.get(ROOM).status_code == 200
    study = make_open(team, una, code="READ-2")
    assert "Start" in told()
    read_next(study, una, 1)
    assert "1 of 2" in told()
    assert "Go on" in told()
    read_next(study, una, 1)
    assert "All read" in told()
    close_reading_study(study=study, by=team.dewi)
    assert "You read 2 cases. Thank you." in told()
    closed = client.get("/studies/MEL-8/readings/READ-2/read/")
    assert closed.status_code == 410
    assert "This reading study is closed" in closed.content.decode()


def test_whose_seat_has_ended_reads_so(
    team: Team, una: User, vito: User, as_person: SignIn
) -> None:
    study = pictured(team, una, vito)
    client = as_person(una)
    first = keys(study, una)[0]
    remove_reader(seat=seat(study, una), reason="Ill.", by=team.dewi)
    assert "Your seat here has ended" in client.get(LIST).content.decode()
    page = client.get(ROOM)
    assert page.status_code == 410
    assert "Your seat has ended" in page.content.decode()
    assert client.get(f"{ROOM}{first}/0/screen/").status_code == 403
    refused = send(client, f"{ROOM}{first}/", values={"wrinkles": 1})
    assert refused.status_code == 403
    assert refused.json()["code"] == "may_not_read_blind"
    assert not Reading.objects.exists()


def test_nobody_without_a_seat_is_let_in(
    team: Team, una: User, vito: User, as_person: SignIn
) -> None:
    study = pictured(team, una)
    first = keys(study, una)[0]
    for person, status in ((vito, 404), (team.chandra, 404), (team.dewi, 403), (team.farid, 404)):
        client = as_person(person)
        for path in (ROOM, f"{ROOM}next/", f"{ROOM}{first}/0/screen/", DECIDE):
            assert client.get(path).status_code == status, (person, path)
        for path in (f"{ROOM}{first}/", f"{ROOM}undo/", f"{DECIDE}claim/"):
            assert send(client, path).status_code == status, (person, path)


def test_the_page_brings_what_saving_needs(team: Team, una: User) -> None:
    """Whoever comes straight to it, from a bookmark, has the token that a POST asks for."""
    study = pictured(team, una)
    client = Client(enforce_csrf_checks=True)
    client.force_login(una)
    client.get(ROOM)
    body = json.dumps({"request_id": str(uuid4()), "values": {"wrinkles": 1}})
    answer = client.post(
        f"{ROOM}{keys(study, una)[0]}/",
        body,
        content_type="application/json",
        headers={"X-CSRFToken": client.cookies["csrf"].value},
    )
    assert answer.status_code == 200


# --- Pictures ------------------------------------------------------------------------------------


def test_only_the_next_cases_are_handed_out(
    team: Team, una: User, vito: User, as_person: SignIn
) -> None:
    study = pictured(team, una, vito)
    client = as_person(una)
    mine = keys(study, una)
    got = [client.get(f"{ROOM}{key}/0/screen/").status_code for key in mine]
    assert got == [200, 200, 200, 404, 404]
    assert client.get(f"{ROOM}{keys(study, vito)[0]}/0/screen/").status_code == 404
    assert client.get(f"{ROOM}{uuid4()}/0/screen/").status_code == 404
    assert client.get(f"{ROOM}{mine[0]}/1/screen/").status_code == 404
    assert client.get(f"{ROOM}{mine[0]}/0/original/").status_code == 404
    read_next(study, una, 1)
    got = [client.get(f"{ROOM}{key}/0/screen/").status_code for key in mine]
    assert got == [404, 200, 200, 200, 404]


def test_a_picture_says_nothing_but_its_pixels(team: Team, una: User, as_person: SignIn) -> None:
    study = pictured(team, una)
    for size, side in (("screen", 1280), ("full", 3072)):
        answer = as_person(una).get(f"{ROOM}{keys(study, una)[0]}/0/{size}/")
        assert Image.open(BytesIO(answer.content)).size == (side, side)
        assert len(answer.content) % STEP == 0
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Content-Disposition"] == 'inline; filename="picture.jpg"'
        assert not {"ETag", "Last-Modified", "Server-Timing"} & set(answer.headers)


def test_looking_is_recorded_once_a_case_and_says_whose(
    team: Team, una: User, as_person: SignIn
) -> None:
    study = pictured(team, una)
    key = keys(study, una)[0]
    client = as_person(una)
    for size in ("screen", "full", "screen"):
        client.get(f"{ROOM}{key}/0/{size}/")
    client.head(f"{ROOM}{keys(study, una)[1]}/0/screen/")
    event = AuditEvent.objects.get(action="reading.view")
    turn = seat(study, una).turns.get(key=key)
    assert event.participant_code == turn.case.participant.code
    assert event.object_id == str(turn.pk)
    assert event.contents.new == {"reading_study": "READ-1"}


def test_an_example_beside_the_scale_is_for_readers_alone(
    team: Team, una: User, vito: User, as_person: SignIn
) -> None:
    study = pictured(team, una)
    name, digest = store("anchors", str(uuid4()), picture(9), suffix=".jpg")
    scale = study.scales.get()
    anchor = Anchor.objects.create(
        scale=scale, value=2, caption="Moderate", licence="CC0", file=name, sha256=digest
    )
    address = f"{ROOM}anchors/{anchor.pk}/"
    assert address in as_person(una).get(ROOM).content.decode()
    assert as_person(una).get(address)["Content-Type"] == "image/jpeg"
    assert as_person(vito).get(address).status_code == 404
    assert as_person(una).get(f"{ROOM}anchors/1/").status_code == 404


# --- Saving and taking back ----------------------------------------------------------------------


def test_saving_tells_what_comes_then(team: Team, una: User, as_person: SignIn) -> None:
    study = pictured(team, una)
    client, mine = as_person(una), keys(study, una)
    state = client.get(f"{ROOM}next/").json()
    assert [turn["key"] for turn in state["turns"]] == mine[:3]
    assert set(state["turns"][0]) == {"key", "use", "mm"}
    request = str(uuid4())
    for _again in range(2):
        answer = send(client, f"{ROOM}{mine[0]}/", values={"wrinkles": 3}, request_id=request)
        state = answer.json()
        assert [turn["key"] for turn in state["turns"]] == mine[1:4]
        assert state["progress"]["done"] == 1
        assert state["undo"]
    assert Reading.objects.get().values == {"wrinkles": 3}
    back = send(client, f"{ROOM}undo/").json()
    assert back["turns"][0]["key"] == mine[0]
    assert back["before"]["values"] == {"wrinkles": 3}
    assert send(client, f"{ROOM}undo/").json()["code"] == "reading_fixed"


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"values": {"wrinkles": 9}}, 422, "grades_incomplete"),
        ({"values": [1]}, 422, "grades_incomplete"),
        ({"values": {"wrinkles": 1}, "request_id": "1"}, 422, "invalid"),
        ({"unreadable": "tired"}, 422, "grades_incomplete"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    team: Team, una: User, as_person: SignIn, told: dict[str, Any], status: int, code: str
) -> None:
    study = pictured(team, una)
    answer = send(as_person(una), f"{ROOM}{keys(study, una)[0]}/", **told)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"]
    assert not Reading.objects.exists()


def test_what_is_no_json_or_too_long_is_refused(team: Team, una: User, as_person: SignIn) -> None:
    study = pictured(team, una)
    path = f"{ROOM}{keys(study, una)[0]}/"
    for body in ("nonsense", "[]", json.dumps({"more": "x" * 70_000})):
        answer = as_person(una).post(path, body, content_type="application/json")
        assert answer.status_code == 422
    assert as_person(una).get(path).status_code == 405


def test_another_tab_and_the_end_are_told(team: Team, una: User, as_person: SignIn) -> None:
    study = pictured(team, una)
    client, first = as_person(una), keys(study, una)[0]
    read_next(study, una, 1)
    late = send(client, f"{ROOM}{first}/", values={"wrinkles": 2})
    assert (late.status_code, late.json()["code"]) == (404, "not_your_turn")
    assert "go on with the next" in late.json()["detail"]
    close_reading_study(study=study, by=team.dewi, reason="Enough.")
    ended = send(client, f"{ROOM}{keys(study, una)[1]}/", values={"wrinkles": 2})
    assert (ended.status_code, ended.json()["code"]) == (409, "reading_fixed")


def test_the_time_at_work_is_what_the_page_tells_within_what_passed(
    team: Team, una: User, as_person: SignIn
) -> None:
    study = pictured(team, una)
    client, mine = as_person(una), keys(study, una)
    send(client, f"{ROOM}{mine[0]}/", values={"wrinkles": 1}, active_ms=9_000_000)
    unseen = Reading.objects.get()
    assert unseen.active_ms == 0  # its picture was never handed out
    assert unseen.shown_at == unseen.saved_at
    client.get(f"{ROOM}{mine[1]}/0/screen/")
    for told in (-5, "many", None, float("inf")):
        assert client.get(f"{ROOM}next/").status_code == 200
        send(client, f"{ROOM}{mine[1]}/", values={"wrinkles": 1}, active_ms=told, shown_ms=told)
    kept = Reading.objects.latest("pk")
    turn = seat(study, una).turns.get(key=mine[1])
    assert turn.shown_at <= kept.shown_at <= kept.saved_at


def test_brightness_is_kept_only_where_the_study_allows_it(
    team: Team, una: User, as_person: SignIn
) -> None:
    one = pictured(team, una)
    look = {"brightness": 900, "contrast": 110, "zoom": 3, "note": "x"}
    send(as_person(una), f"{ROOM}{keys(one, una)[0]}/", values={"wrinkles": 1}, viewing=look)
    assert Reading.objects.get().viewing == {}
    assert "Brightness" not in as_person(una).get(ROOM).content.decode()
    ReadingStudy.objects.update(brightness=True)
    assert "Brightness" in as_person(una).get(ROOM).content.decode()
    send(as_person(una), f"{ROOM}{keys(one, una)[1]}/", values={"wrinkles": 1}, viewing=look)
    assert Reading.objects.latest("pk").viewing == {"brightness": 200, "contrast": 110}


def test_every_kind_of_scale_is_drawn(team: Team, una: User, as_person: SignIn) -> None:
    give_pictures(make_photos(team, 1))
    study = make_draft(team)
    for kind in ("line", "count", "masi", "mmasi", "easi"):
        add_scale(study, code=kind, title=kind.upper(), kind=kind, grades=[])
    add_reader(study=study, user=una, by=team.dewi)
    open_reading_study(study=study, by=team.dewi)
    page = as_person(una).get(ROOM).content.decode()
    assert page.count("data-area=") == 4 + 4 + 1
    assert page.count("data-part=") == 12 + 8 + 5
    assert 'data-weight="0.30"' in page


# --- Deciding ------------------------------------------------------------------------------------


def test_an_adjudicator_sees_grades_unnamed_and_decides(
    team: Team, una: User, vito: User, as_person: SignIn
) -> None:
    wei = make_reader(team, "Wei", role="adjudicator")
    study = pictured(team, una, vito, cases=2, adjudicator=wei)
    client = as_person(wei)
    assert "No case waits" in client.get(DECIDE).content.decode()
    for reader, grade in ((una, 0), (vito, 3)):
        read_next(study, reader, grade)
        read_next(study, reader, grade)
    assert client.get(ROOM).status_code == 302
    assert "2 cases wait for a decision" in client.get(DECIDE).content.decode()
    page = client.post(f"{DECIDE}claim/", follow=True).content.decode()
    assert "0 None" in page
    assert "3 Severe" in page
    for telling in ("Una", "Vito", "SG01-", "week-0", "reader 1"):
        assert telling not in page
    row = claim_next(seat=seat(study, wei))
    assert client.get(f"{DECIDE}{row.key}/0/screen/")["Content-Type"] == "image/jpeg"
    assert client.get(f"{DECIDE}{uuid4()}/0/screen/").status_code == 404
    assert as_person(una).get(f"{DECIDE}{row.key}/0/screen/").status_code == 403
    done: HttpResponse = send(client, f"{DECIDE}{row.key}/", values={"wrinkles": 2})
    assert done.status_code == 200
    row.refresh_from_db()
    assert row.values == {"wrinkles": 2}
    assert claim_next(seat=seat(study, wei)) != row
