"""An open reading study as its manager sees it, what becomes of photos, and what leaves closed."""

import csv
import io

import pytest
from django.test import Client

from inference.reading.errors import StillBlind
from inference.reading.models import Adjudication, Case, Reading, ReadingStudy, Turn
from inference.reading.services import exporting, overseeing, seats
from inference.reading.services.opening import close_reading_study
from participants.capture.models import Photo
from participants.people.models import Participant
from studies.access.models import User
from tests.conftest import Team
from tests.inference.reading.making import make_open, make_photos, make_reader, read_next, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def una(team: Team) -> User:
    return make_reader(team, "Una")


@pytest.fixture
def vito(team: Team) -> User:
    return make_reader(team, "Vito")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows_of(study: ReadingStudy, by: User) -> list[dict[str, str]]:
    body = b"".join(exporting.readings_file(study=study, by=by).lines()).decode()
    return list(csv.DictReader(io.StringIO(body)))


def test_progress_tells_counts_and_times_and_no_grade(team: Team, una: User, vito: User) -> None:
    make_photos(team, 4)
    study = make_open(team, una, vito)
    read_next(study, una, 3)
    read_next(study, una, unreadable="blurred")
    first, second = overseeing.by_seat(study)
    assert (first.read, first.waiting, first.unreadable) == (2, 2, 1)
    assert (second.read, second.seconds) == (0, None)
    page = browser(team.dewi).get(f"/studies/MEL-8/readings/{study.code}/").content.decode()
    assert "No grade is shown until it closes" in page
    assert "Una" in page


def test_the_case_of_a_reader_who_leaves_is_compared_among_the_others(
    team: Team, una: User, vito: User
) -> None:
    xenia, judge = make_reader(team, "Xenia"), make_reader(team, "Wei", role="adjudicator")
    make_photos(team, 1)
    study = make_open(team, una, vito, xenia, adjudicator=judge)
    read_next(study, una, 0)
    read_next(study, vito, 3)
    assert not Adjudication.objects.exists()
    seats.remove_reader(seat=seat(study, xenia), reason="Ill.", by=team.dewi)
    assert Adjudication.objects.get().scales == ["wrinkles"]


def test_an_erased_photo_ends_its_case_and_the_grade_stays(
    team: Team, una: User, vito: User
) -> None:
    judge = make_reader(team, "Wei", role="adjudicator")
    make_photos(team, 3)
    study = make_open(team, una, vito, adjudicator=judge)
    kept = read_next(study, una, 0)
    case = kept.turn.case
    Case.objects.filter(pk=case.pk).update(feedback="Her left cheek")
    Adjudication.objects.create(case=case, scales=["wrinkles"])
    case.photo.delete()
    case.refresh_from_db()
    assert (case.photo, case.photo_sha256, case.feedback) == (None, "", "")
    assert case.gone_at is not None
    states = dict(case.turns.values_list("seat__user__name", "state"))
    assert states == {"Una": Turn.State.READ, "Vito": Turn.State.DROPPED}
    assert case.adjudication.state == "dropped"
    assert Reading.objects.get().values == {"wrinkles": 0}
    assert any("erased" in words for words in overseeing.notes(study))
    seats.add_reader(study=study, user=make_reader(team, "Xenia"), by=team.dewi)
    assert not Turn.objects.filter(seat__user__name="Xenia", case=case).exists()


def test_a_pair_without_one_of_its_photos_is_none(team: Team, una: User) -> None:
    make_photos(team, 1, visits=2)
    study = make_open(team, una, shown="pairs")
    study.cases.get().second.delete()
    assert study.cases.get().gone_at is not None
    assert set(Turn.objects.values_list("state", flat=True)) == {"dropped"}


def test_turned_down_moved_and_locked_photos_are_told(team: Team, una: User) -> None:
    photos = make_photos(team, 3)
    study = make_open(team, una)
    assert overseeing.notes(study) == []
    Photo.objects.filter(pk=photos[0].pk).update(state="retake_wanted")
    Photo.objects.filter(pk=photos[1].pk).update(visit=photos[0].visit, view="left")
    Participant.objects.filter(pk=photos[2].visit.participant_id).update(data_use="restricted")
    told = " ".join(overseeing.notes(study))
    assert all(words in told for words in ("turned down", "moved", "locked"))


def test_readings_leave_closed_with_numbers_for_readers(team: Team, una: User, vito: User) -> None:
    make_photos(team, 2)
    study = make_open(team, una, vito)
    with pytest.raises(StillBlind):
        exporting.readings_file(study=study, by=team.chandra)
    for who, grades in ((una, (3, 1)), (vito, (2, 1))):
        for grade in grades:
            read_next(study, who, grade)
    close_reading_study(study=study, by=team.dewi)
    study.refresh_from_db()
    rows = rows_of(study, team.chandra)
    assert len(rows) == 4
    assert list(rows[0]) == list(exporting.COLUMNS)
    assert {row["reader"] for row in rows} == {"1", "2"}
    assert {row["label"] for row in rows} <= {"Mild", "Moderate", "Severe"}
    assert "Una" not in str(rows)
    read = Participant.objects.filter(study=team.study).first()
    assert read is not None
    Participant.objects.filter(pk=read.pk).update(data_use="restricted")
    assert {row["participant_id"] for row in rows_of(study, team.chandra)} != {
        row["participant_id"] for row in rows
    }
    answer = browser(team.chandra).get(f"/studies/MEL-8/readings/{study.code}/codebook.csv")
    assert b"scale wrinkles" in b"".join(answer)  # type: ignore[arg-type]


def test_what_the_gate_let_through_is_counted_by_reason(team: Team, una: User) -> None:
    make_photos(team, 2)
    study = make_open(team, una)
    read_next(study, una, unreadable="dark")
    read_next(study, una, 1)
    close_reading_study(study=study, by=team.dewi)
    [reason] = overseeing.let_through(study)
    assert (reason.readings, reason.cases, reason.by_hand) == (1, 1, 0)
    page = browser(team.dewi).get(f"/studies/MEL-8/readings/{study.code}/").content.decode()
    assert "What the quality gate let through" in page
