"""Acts on queries by people: raised, answered, closed, reopened. What was said never changes."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from participants.people.models import Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from participants.queries.errors import PlaceGone, QueryFixed, WordsMissing
from participants.queries.models import LONGEST, RIGHT, Query, QueryEntry
from participants.queries.places import Place, place_of, told
from participants.queries.services.digests import plan_digests
from participants.visits import services as visits
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused, invalid
from studies.platform.seen import Seen
from studies.protocol.errors import StudyClosed
from studies.protocol.models import Study
from studies.protocol.services.rights import may, refusal, require
from studies.record.unchanged import require_unchanged

State, Act = Query.State, QueryEntry.Act
ACTIONS = ("query.raise", "query.answer", "query.close", "query.reopen")


@transaction.atomic
def raise_query(*, place: Place, text: str, by: Actor, request_id: UUID | None = None) -> Query:
    """Ask about ``place``. The same ``request_id`` again returns the query there is.

    Raises:
        NotAllowed: ``by`` may raise no queries at the participant's site, or may not see the place.
        PlaceGone: what was known is erased or locked.
        StudyClosed: the study is closed.
        WordsMissing, Invalid: no words, too many, or they name the participant or an arm.
    """
    participant = _locked(place.participant)
    require(by, Permission.QUERY_RAISE, study=participant.study, site=participant.site)
    if not may(by, RIGHT[place.about], study=participant.study, site=participant.site):
        raise refusal(RIGHT[place.about], f"at site {participant.site.code}", unchanged=True)
    there = _sent_before(participant, request_id)
    if there is not None:
        return there
    _refuse_gone(participant)
    _refuse_closed(participant)
    text = tidy_words(text, participant=participant, why="Write what is to be answered.")
    return add_query(place, participant, text=text, by=by, request_id=request_id)


@transaction.atomic
def answer_query(
    *,
    query: Query,
    text: str,
    by: Actor,
    request_id: UUID | None = None,
    seen: Seen | None = None,
) -> Query:
    """Answer a query that is open or reopened.

    Raises:
        NotAllowed: ``by`` may not answer queries at the participant's site.
        QueryFixed: it is answered or closed.
        ChangedMeanwhile: somebody else did something to it after the page was opened.
        PlaceGone: what was known of the participant is erased or locked.
        WordsMissing, Invalid: no words, too many, or they name the participant or an arm.
    """
    row = _locked_query(query)
    participant = row.participant
    require(by, Permission.QUERY_ANSWER, study=participant.study, site=participant.site)
    if _done_before(row, request_id):
        return row
    _refuse_stale(row, seen)
    if not row.waits:
        raise QueryFixed(
            f"This query is {row.get_state_display()}: only one that is open or reopened is "
            "answered. Nothing was changed."
        )
    text = tidy_words(text, participant=participant, why="Write the answer.")
    row.move(State.ANSWERED, answered_at=timezone.now())
    return _note(row, Act.ANSWERED, "query.answer", text, by=by, request_id=request_id)


@transaction.atomic
def close_query(
    *,
    query: Query,
    text: str = "",
    by: Actor,
    request_id: UUID | None = None,
    seen: Seen | None = None,
) -> Query:
    """Close a query; one that nobody has answered needs a word on why.

    Raises:
        NotAllowed: ``by`` did not raise it, and may not close queries of others.
        QueryFixed: it is closed.
        WordsMissing: it was not answered, and nobody says why it is closed.
        ChangedMeanwhile, PlaceGone, Invalid: as their messages say.
    """
    row = _locked_query(query)
    require_settle(row, by=by)
    if _done_before(row, request_id):
        return row
    _refuse_stale(row, seen)
    if row.state == State.CLOSED:
        raise QueryFixed("This query is closed already. Nothing was changed.")
    unanswered = "Nobody has answered it yet: say why it is closed all the same."
    needed = unanswered if row.waits else ""
    text = tidy_words(text, participant=row.participant, why=needed)
    row.move(State.CLOSED, closed_at=timezone.now())
    return _note(row, Act.CLOSED, "query.close", text, by=by, request_id=request_id)


@transaction.atomic
def reopen_query(
    *,
    query: Query,
    text: str,
    by: Actor,
    request_id: UUID | None = None,
    seen: Seen | None = None,
) -> Query:
    """Ask again what was answered or closed, and say why.

    Raises:
        NotAllowed: ``by`` did not raise it, and may not reopen queries of others.
        QueryFixed: it is open.
        StudyClosed, ChangedMeanwhile, PlaceGone, WordsMissing, Invalid: as their messages say.
    """
    row = _locked_query(query)
    require_settle(row, by=by)
    if _done_before(row, request_id):
        return row
    _refuse_stale(row, seen)
    _refuse_closed(row.participant)
    if row.waits:
        raise QueryFixed("This query is open: it waits for an answer. Nothing was changed.")
    if told(place_of(row), values=False).nothing_left:
        raise PlaceGone(
            "What this query is about is erased, or is another participant's: nobody could answer "
            "it. Nothing was changed; ask about what is there."
        )
    text = tidy_words(text, participant=row.participant, why="Say what is still to be answered.")
    row.move(State.REOPENED, closed_at=None, due_on=due_day(row.participant))
    return _note(row, Act.REOPENED, "query.reopen", text, by=by, request_id=request_id)


def require_settle(query: Query, *, by: Actor) -> None:
    """Refuse who may neither close queries of others here nor has raised this one.

    Raises:
        NotAllowed: neither.
    """
    who = query.participant
    if not may_settle(query, by=by):
        require(by, Permission.QUERY_CLOSE, study=who.study, site=who.site)


def may_settle(query: Query, *, by: Actor) -> bool:
    """Whether ``by`` may close or reopen ``query``."""
    study, site = query.participant.study, query.participant.site
    mine = isinstance(by, User) and query.raised_by_id == by.pk
    if mine and may(by, Permission.QUERY_RAISE, study=study, site=site):
        return True
    return may(by, Permission.QUERY_CLOSE, study=study, site=site)


def standing_of(query: Query) -> dict[str, Any]:
    """What a page shows of a query, to compare when a form comes back."""
    return {"state": query.state, "entries": query.entries.count()}


def add_query(
    place: Place,
    participant: Participant,
    *,
    text: str,
    by: Actor,
    check_code: str = "",
    request_id: UUID | None = None,
) -> Query:
    """A new query with its first entry; for services that have checked rights, and locked.

    Raises:
        StateRefused: the number of the form is another query's.
    """
    last = participant.queries.aggregate(last=Max("number"))["last"] or 0
    columns = {**place.columns(), "visit": place.visit}
    row = Query.objects.create(
        participant=participant,
        number=last + 1,
        check_code=check_code,
        raised_at=timezone.now(),
        raised_by_id=_person(by),
        due_on=due_day(participant),
        **columns,
    )
    return _note(row, Act.RAISED, "query.raise", text, by=by, request_id=request_id)


def note_by_product(row: Query, act: QueryEntry.Act, action: str, text: str, *, by: Actor) -> Query:
    """An entry that no person wrote; for services that have moved the row."""
    return _note(row, act, action, text, by=by, request_id=None)


def due_day(participant: Participant) -> date | None:
    """The last day for an answer to what is asked today, if the study sets a number of days."""
    days = participant.study.query_days
    return visits.today(participant) + timedelta(days=days) if days else None


def tidy_words(text: str, *, participant: Participant, why: str) -> str:
    """``text`` without stray space; ``why`` asks for one, empty where none is needed.

    Raises:
        WordsMissing: there is none, or it is too long.
        Invalid: it names the participant, or an arm of the study.
    """
    text = text.strip()
    problem = why if not text else ""
    if len(text) > LONGEST:
        problem = f"Say it in at most {LONGEST} characters."
    if problem:
        raise WordsMissing(problem, detail={"fields": {"text": [problem]}})
    identity.refuse_names_in(text, participant=participant, field="text")
    _refuse_arms_in(text, participant.study)
    return text


def _refuse_arms_in(text: str, study: Study) -> None:
    """Queries are read by people who judge blind: no arm by code or name, whoever is in it."""
    names = {word for arm in study.arms.all() for word in (arm.code, arm.name) if len(word) > 2}
    pattern = "|".join(re.escape(name) for name in sorted(names))
    if pattern and re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE):
        raise invalid(
            "The text names an arm of the study. Queries are read by people who judge blind.",
            {"text": "Leave out which arm somebody is in, and what an arm is given."},
        )


def _note(
    row: Query,
    act: QueryEntry.Act,
    action: str,
    text: str,
    *,
    by: Actor,
    request_id: UUID | None,
) -> Query:
    number = row.entries.count() + 1
    try:
        with transaction.atomic():
            QueryEntry.objects.create(
                query=row,
                number=number,
                act=act,
                text=text,
                at=timezone.now(),
                by_id=_person(by),
                request_id=request_id or uuid4(),
            )
    except IntegrityError as error:  # somebody else's number: a form is not shared
        raise StateRefused("This form was sent already. Reload the page.") from error
    new = {"query": row.number, "about": row.about, "state": row.state, "text": text}
    if act == Act.RAISED:
        visit = {"visit": row.visit.definition.code} if row.visit else {}
        where = {"questionnaire": row.form, "field": row.field, "edit_check": row.check_code}
        new |= {**visit, **{name: value for name, value in where.items() if value}}
    record_about(row.participant, action, by=by, target=row, new=new)
    plan_digests(row, by=by)
    return row


def _person(by: Actor) -> int | None:
    return by.pk if isinstance(by, User) else None


def _locked(participant: Participant) -> Participant:
    rows = Participant.objects.select_for_update(of=("self",)).select_related("study", "site")
    return rows.get(pk=participant.pk)


def _locked_query(query: Query) -> Query:
    """The query, locked after its participant.

    Raises:
        PlaceGone: what was known of the participant is erased or locked.
    """
    participant = _locked(query.participant)
    row = Query.objects.select_for_update(of=("self",)).get(pk=query.pk)
    row.participant = participant
    return row


def _sent_before(participant: Participant, request_id: UUID | None) -> Query | None:
    if request_id is None:
        return None
    entries = QueryEntry.objects.filter(request_id=request_id, query__participant=participant)
    entry = entries.select_related("query").first()
    return entry.query if entry else None


def _done_before(row: Query, request_id: UUID | None) -> bool:
    return request_id is not None and row.entries.filter(request_id=request_id).exists()


def _refuse_stale(row: Query, seen: Seen | None) -> None:
    _refuse_gone(row.participant)
    code = row.participant.study.code
    require_unchanged(seen, standing_of(row), study=code, actions=ACTIONS, target=row)


def _refuse_gone(participant: Participant) -> None:
    if participant.state == Participant.State.ERASED:
        raise PlaceGone(
            f"What was known of {participant.code} is erased: there is nothing to ask about or to "
            "answer. Nothing was changed."
        )
    if participant.data_use != Participant.DataUse.FULL:
        raise PlaceGone(
            f"The data of {participant.code} are locked on their wish and used no more. Nothing "
            "was changed."
        )


def _refuse_closed(participant: Participant) -> None:
    if Study.objects.filter(pk=participant.study_id, state=Study.State.CLOSED).exists():
        raise StudyClosed(
            f"Study {participant.study.code} is closed, so nothing more is asked. Queries that "
            "stand can still be answered and closed. Nothing was changed."
        )
