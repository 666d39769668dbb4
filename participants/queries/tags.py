"""What other rooms' pages show of queries: those about a piece of data, and raising one."""

from typing import Any

from django import template
from django.http import HttpRequest

from participants.people.models import Participant
from participants.queries.models import Query
from participants.queries.places import RELATED, anchor_of, named, place_of
from participants.queries.services.digests import waiting_for
from participants.queries.services.listing import of_participant
from studies.access.models import User
from studies.protocol.models import Study

register = template.Library()
register.filter("answer_anchor", anchor_of)


@register.filter
def at_key(found: dict[int, int], key: int) -> int:
    """What ``found`` has for ``key``, or 0."""
    return found.get(key, 0)


@register.simple_tag
def waiting_queries(user: User, study: Study) -> int:
    """How many queries wait for ``user``, in the study's navigation; one query."""
    return waiting_for(user, study).count()


@register.inclusion_tag("participants/queries/_mark.html", takes_context=True)
def query_mark(
    context: Any, about: str, at: Any = "", field: str = "", words: bool = False
) -> dict[str, Any]:
    """Beside a piece of data: the queries that stand about it, and the link to raise one."""
    request, participant = context["request"], context["participant"]
    wanted = {"about": about, "at": str(at), "field": field}
    standing = [row for row, place in _standing(request, participant) if place == wanted]
    return {
        "standing": standing,
        "named": wanted,
        "words": words,
        "participant": participant,
        "study": participant.study,
        "may_raise": request.can["query_raise"] and _open(participant),
    }


@register.inclusion_tag("participants/queries/_card.html", takes_context=True)
def participant_queries(context: Any) -> dict[str, Any]:
    """Every query about the participant of the page."""
    request, participant = context["request"], context["participant"]
    shown = request.can["query_view"]
    lines = of_participant(participant, request.user) if shown else []
    return {"lines": lines, "participant": participant, "study": participant.study}


def _open(participant: Participant) -> bool:
    full = participant.data_use == Participant.DataUse.FULL
    return full and participant.study.state != Study.State.CLOSED


def _standing(request: HttpRequest, participant: Participant) -> list[tuple[Query, dict[str, str]]]:
    """The participant's standing queries with their places; asked once for a page."""
    kept: Any = getattr(request, "queries_standing", None)
    if kept is None or kept[0] != participant.pk:
        assert isinstance(request.user, User)  # noqa: S101 - a staff page
        rows = Query.objects.visible_to(request.user).standing().filter(participant=participant)
        found = [(row, named(place_of(row))) for row in rows.select_related(*RELATED)]
        kept = (participant.pk, found)
        request.queries_standing = kept  # type: ignore[attr-defined]
    standing: list[tuple[Query, dict[str, str]]] = kept[1]
    return standing
