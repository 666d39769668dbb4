"""The page of results: after closing only, waiting, in words where nothing can be said, files."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from inference.reading.models import Reading, ReadingStudy, Seat
from inference.results.drawing.figures import figures_of
from inference.results.models import ReadingResults
from inference.results.services.methods import methods_of
from inference.results.services.notes import notes_of
from inference.results.services.results import ask_results, compute
from inference.results.tasks import compute_results
from inference.results.views.results import network_says
from participants.capture.models import Photo
from studies.access.models import User
from studies.platform import work
from studies.platform.errors import NotAllowed
from studies.platform.work import WorkState
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.reading.making import make_open, make_photos, make_reader
from tests.inference.results.making import add_unreadable, computed, grades, make_closed
from tests.inference.scoring.factories import StudyModelFactory

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def table(cases: int = 20, readers: int = 3) -> Any:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 4, cases)
    return np.clip(truth[:, None] + rng.integers(-1, 2, (cases, readers)), 0, 3) * 1.0


def page(study: ReadingStudy, client: Client, **query: str) -> str:
    answer = client.get(reverse("inference:reading_results", args=["MEL-8", study.code]), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def closed(team: Team) -> ReadingStudy:
    study = make_closed(team, make_photos(team, 20), table())
    computed(study)
    return study


# --- When ----------------------------------------------------------------------------------------


def test_nothing_is_shown_before_closing(team: Team, as_person: SignIn) -> None:
    make_photos(team, 3)
    study = make_open(team, make_reader(team, "Una"))
    client = as_person(team.dewi)
    for name, more in (
        ("reading_results", []), ("reading_results_csv", []),
        ("reading_figure_svg", ["wrinkles", "pairs"]),
        ("reading_figure_csv", ["wrinkles", "pairs"]),
    ):  # fmt: skip
        answer = client.get(reverse(f"inference:{name}", args=["MEL-8", study.code, *more]))
        assert answer.status_code == 409
        assert "once it is closed" in answer.content.decode()
    assert not ReadingResults.objects.exists()


def test_the_first_look_asks_a_worker_and_the_page_waits(team: Team, as_person: SignIn) -> None:
    study = make_closed(team, make_photos(team, 20), table())
    client = as_person(team.dewi)
    shown = page(study, client)
    assert "Being computed" in shown
    assert "No worker shows a sign of life" in shown
    assert 'hx-trigger="every 2s"' in shown
    files = client.get(reverse("inference:reading_results_csv", args=["MEL-8", study.code]))
    assert files.status_code == 409
    row = ReadingResults.objects.get()
    compute_results(str(row.pk))
    live = client.get(
        reverse("inference:reading_results", args=["MEL-8", study.code]),
        headers={"HX-Request": "true"},
    )
    assert live["HX-Refresh"] == "true"
    assert "Being computed" not in page(study, client)


def test_figures_are_computed_once_and_again_where_something_changed(
    team: Team, closed: ReadingStudy
) -> None:
    row = ask_results(study=closed, by=team.dewi)
    assert (row.state, row.fresh) == (WorkState.DONE, True)
    StudyModelFactory(study=team.study, package=ModelPackageFactory(), primary=True)
    again = ask_results(study=closed, by=team.dewi)
    assert (again.state, again.fresh) == (WorkState.QUEUED, False)
    assert again.figures is not None  # the old ones stay meanwhile
    compute_results(str(again.pk))
    assert ask_results(study=closed, by=team.dewi).fresh


def test_a_worker_that_computes_the_old_writes_nothing(team: Team, closed: ReadingStudy) -> None:
    ReadingResults.objects.update(state=WorkState.QUEUED, attempts=0, figures=None)
    row = ReadingResults.objects.get()
    claim = work.claim(ReadingResults, row.pk)
    assert claim is not None
    closed.cases.filter(number=1).update(photo=None)
    ask_results(study=closed, by=team.dewi)
    with pytest.raises(work.LeaseLost):
        compute(claim)
    assert ReadingResults.objects.get().figures is None


def test_what_could_not_be_computed_says_so(
    team: Team, closed: ReadingStudy, as_person: SignIn
) -> None:
    ReadingResults.objects.update(
        state=WorkState.QUARANTINED, last_error="MemoryError", figures=None, figures_stamp=""
    )
    shown = page(closed, as_person(team.dewi))
    assert "could not be computed" in shown
    assert "MemoryError" in shown
    assert "hx-trigger" not in shown


# --- Who -----------------------------------------------------------------------------------------


def test_who_reads_an_open_study_sees_no_results_of_a_closed_one(
    team: Team, closed: ReadingStudy, as_person: SignIn
) -> None:
    address = reverse("inference:reading_results", args=["MEL-8", closed.code])
    assert as_person(team.chandra).get(address).status_code == 200
    make_open(team, team.chandra, code="READ-2")
    assert as_person(team.chandra).get(address).status_code == 403
    assert as_person(team.ewa).get(address).status_code == 403
    with pytest.raises(NotAllowed):
        ask_results(study=closed, by=team.ewa)


def test_no_reader_is_named(team: Team, closed: ReadingStudy, as_person: SignIn) -> None:
    client = as_person(team.dewi)
    shown = page(closed, client)
    csv_file = client.get(reverse("inference:reading_results_csv", args=["MEL-8", closed.code]))
    text = shown + csv_file.getvalue().decode()
    assert "Reader 1" in text
    for seat in closed.seats.select_related("user"):
        assert seat.user.name not in text
        assert seat.user.email not in text
    for case in closed.cases.select_related("participant"):
        assert case.participant.code not in text


# --- What ----------------------------------------------------------------------------------------


def test_the_page_has_the_figures_the_methods_and_the_checklist(
    team: Team, closed: ReadingStudy, as_person: SignIn
) -> None:
    shown = page(closed, as_person(team.dewi))
    first = ReadingResults.objects.get().figures["scales"][0]["coefficients"][0]
    assert f"{first['value']:.2f} ({first['low']:.2f} to {first['high']:.2f})" in shown
    for words in (
        "Weighted kappa, quadratic", "Gwet&#x27;s AC2", "ICC(2,1)", "Within one step",
        "Each reader", "GRRAS checklist", "Methods, ready for a paper", "Kottner", "Cohen J.",
        "No case came a second time", "Drift",
    ):  # fmt: skip
        assert words in shown, words
    assert "nan" not in shown.lower().replace("nanometre", "")
    assert shown.count("<figure") == shown.count("<title>") - 1


def test_what_is_undefined_is_said_in_words(team: Team, as_person: SignIn) -> None:
    one = make_closed(team, make_photos(team, 4), [[1.0], [2.0], [0.0], [1.0]], code="ONE")
    computed(one)
    client = as_person(team.dewi)
    assert "Agreement between readers takes two" in page(one, client)
    same = make_closed(
        team, list(Photo.objects.order_by("received_at")), [[1.0, 1.0]] * 4, code="SAME"
    )
    computed(same)
    shown = page(same, client)
    assert "not defined" in shown
    assert "nothing that chance could not explain" in shown


def test_a_study_closed_before_anything_was_read_has_a_page(team: Team, as_person: SignIn) -> None:
    photos = make_photos(team, 2)
    study = make_closed(team, photos[:0], np.zeros((0, 1)))
    computed(study)
    assert "Nothing was read" in page(study, as_person(team.dewi))


def test_each_figure_is_a_file_of_its_own(
    team: Team, closed: ReadingStudy, as_person: SignIn
) -> None:
    figures = ReadingResults.objects.get().figures
    scale = figures["scales"][0]
    client = as_person(team.dewi)
    codes = [figure.code for figure in figures_of(scale, figures["readers"])]
    assert {"coefficients", "pairs", "readers", "drift", "grades-1-2", "consensus-3"} <= {*codes}
    for code in codes:
        args = ["MEL-8", closed.code, scale["code"], code]
        drawing = client.get(reverse("inference:reading_figure_svg", args=args))
        assert drawing["Content-Type"] == "image/svg+xml; charset=utf-8"
        text = drawing.content.decode()
        assert text.startswith("<svg ") and "xmlns" in text  # noqa: PT018
        assert "style=" not in text
        assert "attachment" in drawing["Content-Disposition"]
        numbers = client.get(reverse("inference:reading_figure_csv", args=args))
        rows = list(csv.reader(StringIO(numbers.getvalue().decode())))
        assert len({len(row) for row in rows}) == 1
        assert len(rows) > 1
    missing = client.get(
        reverse("inference:reading_figure_svg", args=["MEL-8", closed.code, "scale-1", "nothing"])
    )
    assert missing.status_code == 404


def test_the_whole_file_holds_what_the_page_shows(
    team: Team, closed: ReadingStudy, as_person: SignIn
) -> None:
    answer = as_person(team.dewi).get(
        reverse("inference:reading_results_csv", args=["MEL-8", closed.code])
    )
    rows = list(csv.DictReader(StringIO(answer.getvalue().decode())))
    primary = next(row for row in rows if row["note"] == "primary")
    first = ReadingResults.objects.get().figures["scales"][0]["coefficients"][0]
    assert primary["statistic"] == "Weighted kappa, quadratic"
    assert float(primary["value"]) == pytest.approx(first["value"], abs=1e-5)
    assert {row["part"] for row in rows} >= {"readers", "all readers", "two readers", "one reader"}


def test_two_scales_are_chosen_between(team: Team, as_person: SignIn) -> None:
    line = {"kind": "line", "grades": [], "primary": "icc_2_1", "title": "Dryness line"}
    study = make_closed(
        team, make_photos(team, 20), table(), table() * 30, scales=[{"grades": grades(4)}, line]
    )
    computed(study)
    client = as_person(team.dewi)
    assert "limits-1-2" not in page(study, client)
    shown = page(study, client, scale="scale-2")
    assert 'id="figure-limits-1-2"' in shown
    assert "Krippendorff&#x27;s alpha, interval" in shown


# --- Words ---------------------------------------------------------------------------------------


def test_methods_say_the_choices_and_cite_in_order(team: Team, closed: ReadingStudy) -> None:
    closed.repeats_percent, closed.sample = 20, 40
    methods = methods_of(closed, ReadingResults.objects.get().figures)
    text = " ".join(methods.paragraphs)
    assert "20 % of the cases came a second time, at least 20 cases after the first" in text
    assert "40 cases were drawn at random" in text
    assert "fixed before reading opened, is Weighted kappa, quadratic for Wrinkles" in text
    assert "2,000 bootstrap samples of whole participants" in text
    marks = [f"[{number}]" for number in range(1, len(methods.references) + 1)]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"within": True}, "no proof that they are equally good"),
        ({"within": False}, "agrees less"),
        ({"within": None}, "too little"),
        ({}, ""),
    ],
)
def test_the_answer_about_the_network(network: dict[str, Any], words: str) -> None:
    assert words in network_says(network)


def test_notes_tell_what_happened_since(team: Team, closed: ReadingStudy) -> None:
    assert notes_of(closed) == []
    first, second, third, fourth = closed.cases.select_related("photo")[:4]
    closed.cases.filter(pk=first.pk).update(photo=None)
    Photo.objects.filter(pk=second.photo_id).update(state="excluded")
    closed.cases.filter(pk=third.pk).update(visit="week-9")
    Photo.objects.filter(pk=fourth.photo_id).update(kept_out=True)
    seat = Seat.objects.get(reading_study=closed, number=2)
    seat.removed_at, seat.removed_because = closed.closed_at, "maternity leave"
    seat.save()
    notes = " ".join(notes_of(closed))
    for words in (
        "1 case: it was erased", "1 case: it was turned down", "1 case: it was moved",
        "file is damaged", "Reader 2 left before the end (maternity leave); 20 cases",
    ):  # fmt: skip
        assert words in notes


def test_what_nobody_could_read_is_on_the_page(
    team: Team, closed: ReadingStudy, as_person: SignIn
) -> None:
    seat, case = closed.seats.get(number=1), closed.cases.get(number=3)
    Reading.objects.filter(turn__seat=seat, turn__case=case).delete()
    seat.turns.filter(case=case).delete()
    add_unreadable(closed, seat, case, "dark")
    computed_again = ReadingResults.objects.get()
    ReadingResults.objects.update(state=WorkState.QUEUED, attempts=0)
    compute_results(str(computed_again.pk))
    assert "Too dark or too bright" in page(closed, as_person(team.dewi))
    assert not AuditEvent.objects.filter(action="reading.close").exists()
