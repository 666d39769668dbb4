"""The walk of a blind reader: two worlds that differ in all but the pixels read the same.

Every page, every answer and every picture of a whole session, headers included, is taken in a
world, and in one where code, site, visit, dates, arm, scores, camera, stored names, lengths
of files and tags within them are others. Not a byte may differ.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from inference.reading.models import Case, ReadingStudy
from inference.scoring.models import Score
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User
from studies.platform.storage import read, store
from studies.protocol.models import VisitDefinition
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.reading.making import make_open, make_photos, make_reader, read_next, seat
from tests.inference.reading.pictured import give_pictures, picture
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.participants.allocation.given import allocate, arms_in

ROOM = "/studies/MEL-8/readings/READ-1/read/"
DECIDE = "/studies/MEL-8/readings/READ-1/decide/"
_TOKEN = re.compile(rb"\b[A-Za-z0-9]{64}\b")
# What the answers are that a browser gets anyway.
_KEPT_OUT = {"Set-Cookie"}


class World:
    """An open reading study of pairs, with a reader under way and cases to be decided."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.una, self.vito = make_reader(team, "Una"), make_reader(team, "Vito")
        self.wei = make_reader(team, "Wei", role="adjudicator")
        photos = make_photos(team, 5, visits=2)
        give_pictures(photos)
        self.arms = arms_in(team.study, "SUN", "SHADE")
        for number, person in enumerate(Participant.objects.filter(study=team.study)):
            allocate(person, self.arms[number % 2])
        for photo in photos:
            ScoreFactory(run=RunFactory(photo=photo), severity=12.0, grade="mild")
        self.study: ReadingStudy = make_open(
            team, self.una, self.vito, adjudicator=self.wei, shown="pairs"
        )
        first = seat(self.study, self.una).turns.order_by("position")[0].case
        for reader, grade in ((self.una, 0), (self.vito, 3)):
            while not self.has_read(reader, first):
                read_next(self.study, reader, grade)

    def has_read(self, reader: User, case: Case) -> bool:
        return seat(self.study, reader).turns.filter(case=case, state="read").exists()

    def change(self) -> None:
        """Everything that a reader must not know is another."""
        later = timedelta(days=40)
        for number, person in enumerate(Participant.objects.filter(study=self.team.study)):
            person.code = f"KL01-9{number:03}"
            person.site = self.team.kl01
            person.year_of_birth, person.sex = 1941, "male"
            person.save()
        for number, row in enumerate(VisitDefinition.objects.filter(study=self.team.study)):
            row.code, row.name, row.day_offset = f"v{number}", f"Month {number}", 300 * number
            row.save()
        for visit in Visit.objects.all():
            visit.opens_on, visit.closes_on = visit.opens_on + later, visit.closes_on + later
            visit.save()
        for photo in Photo.objects.all():
            tagged = with_tags(read(photo.upright_file))
            photo.upright_file, photo.upright_sha256 = store(
                "elsewhere", str(uuid4()), tagged, suffix=".jpeg"
            )
            photo.original_file, photo.sha256, photo.size = "other.heic", "b" * 64, 9_999_999
            photo.received_at, photo.taken_at = photo.received_at + later, NOW - later
            photo.camera_make, photo.camera_model = "Other", "Phone 9"
            photo.view, photo.state = "left", Photo.State.RETAKE_WANTED
            photo.quality = {**(photo.quality or {}), "noise": {"native": {"luma": 9}}}
            # Twice as large a file of the same face: half as many mm to each of its pixels.
            photo.width = photo.height = 2 * (photo.width or 0)
            photo.quality["face"] = {"scale": {"mm_per_pixel": 0.1, "error": 20.0}}
            photo.save()
        Case.objects.update(visit="v9", view="right", stratum="60 to 80", photo_sha256="b" * 64)
        Score.objects.update(severity=88.0, grade="severe")
        self.arms[0].code, self.arms[1].code = "X", "Y"
        for arm in self.arms:
            arm.save()


def with_tags(jpeg: bytes) -> bytes:
    """The same picture with a camera's tags and a comment in it."""
    exif = b"Exif\x00\x00" + b"Camera of another make, 2019:01:01 10:00:00" * 40
    tags = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    note = b"\xff\xfe\x00\x10KL01-9001.jpg\x00"
    return jpeg[:2] + tags + note + jpeg[2:]


def walk(world: World) -> dict[str, Any]:
    """What a reader and an adjudicator are sent in a session, by what they asked for."""
    seen: dict[str, Any] = {}

    def keep(name: str, answer: Any) -> Any:
        headers = sorted((k, v) for k, v in answer.headers.items() if k not in _KEPT_OUT)
        seen[name] = (answer.status_code, headers, _TOKEN.sub(b"TOKEN", answer.content))
        return answer

    client = Client()
    client.force_login(world.una)
    for path in ("/", "/studies/MEL-8/", "/studies/MEL-8/my-reading/", ROOM, f"{ROOM}next/"):
        keep(path, client.get(path))
    for number in range(2):
        state = client.get(f"{ROOM}next/").json()
        for turn in state["turns"]:
            for part in ("0/screen/", "1/screen/", "0/full/", "2/screen/"):
                if number == 0 or part == "1/screen/":
                    keep(
                        f"{number} {turn['key']} {part}", client.get(f"{ROOM}{turn['key']}/{part}")
                    )
        told = {"request_id": str(UUID(int=number + 1)), "values": {"wrinkles": number}}
        path = f"{ROOM}{state['turns'][0]['key']}/"
        body = json.dumps(told)
        keep(f"save {number}", client.post(path, body, content_type="application/json"))
        keep(f"again {number}", client.post(f"{ROOM}{uuid4()}/", body, content_type="text/json"))
    keep("undo", client.post(f"{ROOM}undo/", "{}", content_type="application/json"))
    keep("undo twice", client.post(f"{ROOM}undo/", "{}", content_type="application/json"))
    client.force_login(world.wei)
    keep("to decide", client.get(DECIDE))
    keep("claim", client.post(f"{DECIDE}claim/"))
    page = keep("deciding", client.get(DECIDE)).content.decode()
    key = re.search(r'data-key="([0-9a-f-]{36})"', page)
    assert key
    for part in ("0/screen/", "1/screen/"):
        keep(f"decide {part}", client.get(f"{DECIDE}{key[1]}/{part}"))
    body = json.dumps({"values": {"wrinkles": 1}})
    keep("decide", client.post(f"{DECIDE}{key[1]}/", body, content_type="application/json"))
    return seen


@pytest.fixture
def world(team: Team, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr("secrets.token_bytes", lambda length: b"\x00" * length)  # the filling
    with time_machine.travel(NOW, tick=False):
        yield World(team)


def walked(world: World) -> dict[str, Any]:
    """The walk, and everything as it was before it."""
    undo = transaction.savepoint()
    seen = walk(world)
    transaction.savepoint_rollback(undo)
    return seen


def test_to_a_reader_both_worlds_are_the_same(world: World) -> None:
    before = walked(world)
    world.change()
    after = walked(world)
    assert [name for name, seen in before.items() if seen != after.get(name)] == []
    assert len(before) > 25
    assert sum(status == 200 for status, _headers, _body in before.values()) > 20


def test_the_walk_sees_what_it_is_to_see(world: World) -> None:
    """Other pixels, and another scale of the face, are another world."""
    before = walked(world)
    for number, photo in enumerate(Photo.objects.all()):
        name, _ = store("uprights", str(uuid4()), picture(50 + number), suffix=".jpg")
        photo.upright_file = name
        photo.quality["face"]["scale"]["mm_per_pixel"] = 0.4
        photo.save()
    after = walked(world)
    differ = {name for name, seen in before.items() if seen != after.get(name)}
    assert f"{ROOM}next/" in differ
    assert "deciding" in differ
    assert any(name.endswith("0/full/") for name in differ)


def test_no_word_of_a_case_is_sent(world: World) -> None:
    """What the worlds have in common is no code, visit, site, view or score either."""
    words = [b"SG01", b"KL01", b"week-0", b"Week 0", b"SUN", b"SHADE", b"uprights", b"12.0"]
    seen = walked(world)
    allowed = {"/", "/studies/MEL-8/"}  # the study's own pages name its sites
    for name, (_status, headers, body) in seen.items():
        if name in allowed or b"\xff\xd8\xff" in body[:4]:
            body = b""
        for word in words:
            assert word not in body, (name, word)
            assert word.decode() not in str(headers), (name, word)


def test_a_case_that_comes_again_has_other_bytes(team: Team) -> None:
    una = make_reader(team, "Una")
    give_pictures(make_photos(team, 2))
    make_open(team, una)
    client = Client()
    client.force_login(una)
    key = client.get(f"{ROOM}next/").json()["turns"][0]["key"]
    one, two = (client.get(f"{ROOM}{key}/0/screen/").content for _ in range(2))
    assert one != two
    assert len(one) == len(two)
