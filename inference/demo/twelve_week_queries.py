"""What is asked about the data of the study of twelve weeks: open, answered and closed queries."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from django.utils import timezone

from inference.demo import twelve_weeks as story
from inference.demo.actions import Act, coordinator, named
from participants.people.models import Participant
from participants.queries.models import Query, QueryEntry
from participants.queries.places import find_place
from participants.queries.services.asking import answer_query, close_query, raise_query
from studies.access.models import Membership, User
from studies.protocol.models import Study


def monitor(study: Study) -> User:
    """Who monitors the study."""
    return Membership.objects.current().get(study=study, role="monitor").user


def _participant(number: int) -> Participant:
    key = named(story.STUDY, "person", number)
    return Participant.objects.select_related("study", "site").get(request_id=key)


def _photo(number: int, visit: str, view: str) -> str:
    return str(named(story.STUDY, "photo", number, visit, view))


def ask(name: str, who: int, text: str, **place: str) -> str:
    """The monitor asks; done before, nothing."""
    key, participant = named(story.STUDY, "query", name), _participant(who)
    if QueryEntry.objects.filter(request_id=key).exists():
        return ""
    by = monitor(participant.study)
    found = find_place(participant, **place, by=by)
    row = raise_query(place=found, text=text, by=by, request_id=key)
    return f"{participant.code}: query {row.number}"


def ask_about_an_answer(who: int) -> str:
    """The same about the last answer somebody gave, where there are any."""
    participant = _participant(who)
    row = participant.submissions.counted().select_related("assignment", "visit__definition").last()
    if row is None or row.visit is None:
        return ""
    place = f"{row.assignment.code}/{row.visit.definition.code}"
    text = "Was this filled in at home, as planned?"
    return ask("answer", who, text, about="answer", at=place)


def _asked(name: str) -> Query:
    key = named(story.STUDY, "query", name)
    return QueryEntry.objects.select_related("query__participant").get(request_id=key).query


def answer(name: str, text: str) -> str:
    """The site's coordinator answers."""
    row = _asked(name)
    if not row.waits:
        return ""
    answer_query(query=row, text=text, by=coordinator(row.participant.site))
    return f"{row.participant.code}: query {row.number} answered"


def close(name: str) -> str:
    """The monitor is content."""
    row = _asked(name)
    if row.state != Query.State.ANSWERED:
        return ""
    close_query(query=row, by=monitor(row.participant.study))
    return f"{row.participant.code}: query {row.number} closed"


def query_acts(study: Study) -> Iterator[Act]:
    """Everything asked and said until now."""
    now = timezone.now()

    def ago(days: float, do: Callable[[], str]) -> Act:
        return Act(now - timedelta(days=days), do)

    photo = partial(
        ask, "light", 0, "This photo looks warmer than the one before. Was another lamp on?",
        about="photo", at=_photo(0, "week-8", "front"),
    )  # fmt: skip
    yield ago(19, photo)
    yield ago(17, partial(answer, "light", "Yes, the ceiling lamp. She was reminded of daylight."))
    yield ago(16, partial(close, "light"))
    hair = partial(
        ask, "hair", 1, "Hair covers part of the forehead. Can this photo be used?",
        about="photo", at=_photo(1, "week-4", "front"),
    )  # fmt: skip
    yield ago(15, hair)
    birth = partial(
        ask, "birth", story.CORRECTED, "The screening log has another age. Which year is right?",
        about="detail", field="year_of_birth",
    )  # fmt: skip
    yield ago(8, birth)
    yield ago(5.5, partial(answer, "birth", "Corrected by the identity card."))
    late = partial(
        ask, "moved", story.MOVED, "Moved beyond the window. Was the reason beyond their control?",
        about="visit", at="week-4",
    )  # fmt: skip
    yield ago(2, late)
    yield ago(1, partial(ask_about_an_answer, 0))
