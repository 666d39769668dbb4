"""A reading study on its manager's pages: made, worded, staffed, opened, followed, closed."""

import pytest
from django.test import Client

from inference.reading.models import Case, ReadingStudy
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.reading.making import make_photos, make_reader, read_next
from tests.typed import words

pytestmark = pytest.mark.django_db
BASE = "/studies/MEL-8/readings/"
DESIGN = {
    "title": "Melasma at the start",
    "shown": "single",
    "repeats_percent": "0",
    "repeat_distance": "5",
    "idle_seconds": "60",
}


@pytest.fixture
def dewi(team: Team) -> Client:
    client = Client()
    client.force_login(team.dewi)
    return client


def seen_of(client: Client, path: str) -> str:
    text = client.get(path).content.decode()
    return text.split('name="seen" value="')[1].split('"')[0]


def test_from_a_draft_to_what_the_gate_let_through(team: Team, dewi: Client) -> None:
    photos = make_photos(team, 4)
    una, vito = make_reader(team, "Una"), make_reader(team, "Vito")
    assert "No reading study yet" in words(dewi.get(BASE))

    made = dewi.post(f"{BASE}new/", {"code": "READ-1", **DESIGN})
    assert made["Location"] == f"{BASE}READ-1/"
    page = words(dewi.get(f"{BASE}READ-1/"))
    assert "It cannot open yet" in page
    assert "Add a scale first" in page

    scale = {"template": "grades-4", "condition": "melasma", "region": ""}
    dewi.post(f"{BASE}READ-1/scales/", scale)
    where = f"{BASE}READ-1/scales/melasma/"
    sent = {
        "seen": seen_of(dewi, where), "title": "Melasma", "question": "How much?",
        "region": "", "primary": "kappa_linear", "adjudicate_beyond": "",
        "label_0": "None", "label_1": "Some", "words_1": "Seen at once.",
    }  # fmt: skip
    assert dewi.post(where, sent).status_code == 302
    row = ReadingStudy.objects.get()
    assert [grade["label"] for grade in row.scales.get().grades] == ["None", "Some"]

    for person in (una, vito):
        dewi.post(f"{BASE}READ-1/readers/", {"user": person.pk, "role": "reader"})
    people = words(dewi.get(f"{BASE}READ-1/readers/"))
    assert "Amina is coordinator" in people or "coordinator in MEL-8" in people

    chosen = f"{BASE}READ-1/examples/photos/{photos[0].pk}/"
    assert dewi.post(chosen, {"use": "training", "melasma": ""}).status_code == 422
    dewi.post(chosen, {"use": "training", "melasma": "1", "feedback": "Both cheeks"})
    assert row.cases.get().use == Case.Use.TRAINING

    asked = words(dewi.get(f"{BASE}READ-1/open/"))
    assert "rests for Una and Vito" in asked
    late = dewi.post(f"{BASE}READ-1/open/", {"seen": "another page"})
    assert late.status_code == 409
    sent = {"seen": seen_of(dewi, f"{BASE}READ-1/open/")}
    assert dewi.post(f"{BASE}READ-1/open/", sent).status_code == 302
    assert dewi.post(f"{BASE}READ-1/edit/", DESIGN).status_code == 409

    row.refresh_from_db()
    for person in (una, vito):
        for _ in range(2):
            read_next(row, person, 1)
        read_next(row, person, unreadable="covered")
    assert "No grade is shown until it closes" in words(dewi.get(f"{BASE}READ-1/"))
    assert dewi.post(f"{BASE}READ-1/close/", {"reason": ""}).status_code == 422
    assert dewi.post(f"{BASE}READ-1/close/", {"reason": "Enough"}).status_code == 302
    closed = words(dewi.get(f"{BASE}READ-1/"))
    assert "Why it was closed" in closed
    assert "What the quality gate let through" in closed
    assert "Covered by hair" in closed
    told = set(AuditEvent.objects.filter(action__startswith="reading.").values_list("action"))
    assert {("reading.create",), ("reading.open",), ("reading.close",)} <= told


def test_somebody_who_cannot_read_is_refused_beside_the_form(team: Team, dewi: Client) -> None:
    una = make_reader(team, "Una")
    dewi.post(f"{BASE}new/", {"code": "READ-1", **DESIGN})
    form = {"user": una.pk, "role": "reader"}
    page = f"{BASE}READ-1/readers/"
    assert dewi.post(page, form).status_code == 302
    assert dewi.post(page, form).status_code == 422, "not among those who can"
    assert dewi.post(page, {**form, "user": team.amina.pk}).status_code == 422


def test_a_site_role_is_told_why_the_list_is_empty(team: Team, dewi: Client) -> None:
    dewi.post(f"{BASE}new/", {"code": "READ-1", **DESIGN})
    team.chandra.memberships.update(site=team.sg01)
    client = Client()
    client.force_login(team.chandra)
    assert "Reading studies are of all sites" in words(client.get(BASE))
    assert client.get(f"{BASE}READ-1/").status_code == 404
