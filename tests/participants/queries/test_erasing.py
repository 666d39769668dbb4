"""What an erasure makes of queries: the words go, that something was asked stays."""

import pytest

from participants.answers.services.submitting import submit
from participants.people.models import Participant
from participants.people.services.identity import IdentityData
from participants.privacy.services.my_data import copy_of
from participants.privacy.services.searching import search_stores
from participants.queries.models import Query, QueryEntry
from participants.queries.places import find_place, place_of, told
from participants.queries.services.asking import answer_query, raise_query
from participants.queries.services.erasing import erase_queries
from studies.access.models import User
from tests.conftest import Team
from tests.participants.answers.filled import filled as filled_form
from tests.participants.answers.filled import itch_asked
from tests.participants.privacy.erasing import canaries_of, erase, fill

pytestmark = pytest.mark.django_db
OTHER = IdentityData(name="Nur Aisyah", email="nur@example.org", phone="+65 6999 1111")


def asked(who: Participant, by: User, text: str, **named: str) -> Query:
    return raise_query(place=find_place(who, **named, by=by), text=text, by=by)


def test_the_words_go_and_the_coded_rows_stay(team: Team) -> None:
    siti = fill(team).participant
    submit(
        participant=siti,
        assignment=itch_asked(team.study, visits=["baseline"]),
        place="baseline",
        filled=filled_form(),
        by=team.amina,
    )
    photo = siti.visits.get(definition__code="baseline").photos.get(view="front")
    asked(
        siti, team.ewa, "Did her sister fill this in?",
        about="answer", at="itch/baseline", field="/data/itch[1]",
    )  # fmt: skip
    second = asked(siti, team.ewa, "The scar on the left cheek?", about="photo", at=str(photo.pk))
    answer_query(query=second, text="She fell from a bicycle.", by=team.amina)

    erase(siti)

    rows = Query.objects.filter(participant=siti).order_by("number")
    assert [(row.state, row.about, row.form, row.field) for row in rows] == [
        ("closed", "answer", "itch", "/data/itch[1]"),
        ("closed", "photo", "", "front"),
    ]
    assert [(row.submission, row.photo) for row in rows] == [(None, None), (None, None)]
    assert [row.visit.definition.code for row in rows if row.visit] == ["baseline", "baseline"]
    entries = QueryEntry.objects.filter(query__in=rows).order_by("query__number", "number")
    assert [(entry.act, entry.text) for entry in entries] == [
        ("raised", ""), ("closed", ""), ("raised", ""), ("answered", ""), ("closed", ""),
    ]  # fmt: skip
    assert [entry.by for entry in entries] == [team.ewa, None, team.ewa, team.amina, None]
    told_now = [told(place_of(row), values=True) for row in rows]
    assert [one.words for one in told_now] == ["itch, Baseline: itch", "Baseline: photo, front"]
    assert all(one.gone and not one.url and not one.now for one in told_now)
    found = search_stores(siti, canaries_of(siti))
    assert [one for one in found if one.store != "record"] == []


def test_done_again_it_does_nothing_more(team: Team) -> None:
    siti = fill(team).participant
    asked(siti, team.ewa, "Is this right?", about="detail", field="sex")
    assert erase_queries(siti) == 1
    assert erase_queries(siti) == 1
    assert Query.objects.get().entries.count() == 2


def test_only_theirs(team: Team) -> None:
    siti = fill(team).participant
    other = fill(team, who=OTHER).participant
    kept = asked(other, team.ewa, "Is this right?", about="detail", field="sex")
    asked(siti, team.ewa, "Is this right?", about="detail", field="sex")
    erase(siti)
    kept.refresh_from_db()
    assert kept.state == "open"
    assert [entry.text for entry in kept.entries.all()] == ["Is this right?"]


def test_the_participants_own_copy_has_what_was_asked_about_them(team: Team) -> None:
    siti = fill(team).participant
    query = asked(siti, team.ewa, "Is this right?", about="detail", field="sex")
    answer_query(query=query, text="Yes", by=team.amina)
    [told_of] = copy_of(siti)["queries"]
    assert (told_of["about"], told_of["state"]) == ("About: sex", "answered")
    assert [(one["act"], one["text"]) for one in told_of["said"]] == [
        ("raised", "Is this right?"), ("answered", "Yes"),
    ]  # fmt: skip
    assert "Ewa" not in str(told_of)
