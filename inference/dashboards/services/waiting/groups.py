"""What waits, counted and listed as whoever looks may see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Func, IntegerField, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import ngettext

from inference.dashboards.services.damaged import number_damaged
from inference.dashboards.services.edited import number_edited
from inference.dashboards.services.stuck import number_stuck
from inference.dashboards.services.waiting.asked import SOURCES, Asked
from inference.dashboards.services.waiting.kinds import DAMAGED, FAILED, KINDS, Kind
from inference.dashboards.services.waiting.lines import Described
from inference.dashboards.services.work import number_failed
from participants.people.models import Participant
from participants.visits.models import WAITING, Visit
from studies.access.models import User
from studies.platform.kept import kept
from studies.protocol.models import Study
from studies.protocol.services.rights import reach

FIRST = 5  # rows of a group on Today; all of them have a page
# Those whose messages and requests are lines of their own.
_OWN_LINES = {"message", "request"}


@dataclass(frozen=True)
class Line:
    """One kind of thing that waits: in words, how many, and the address where they are."""

    text: str
    number: int
    url: str


@dataclass(frozen=True)
class Row:
    """One thing that waits, and whether the person may do it."""

    told: Described
    may: bool


@dataclass(frozen=True)
class Group:
    """All of one kind: how many, the first of them, and where all are."""

    code: str
    text: str
    number: int
    url: str
    rows: list[Row]
    act: str | Promise = ""
    urgent: bool = False

    @property
    def all_shown(self) -> bool:
        return self.number <= len(self.rows)


def waiting(*, study: Study, user: User, failed: int) -> list[Line]:
    """What waits for somebody among what ``user`` may see; empty when nothing does.

    ``failed`` is the work on photos that was set aside, which whoever asks has counted already.
    """
    asked = Asked.today(study, user)
    key = f"waiting:{study.pk}:{reach(user, study=study)}"
    numbers = kept(key, lambda: _count(asked))
    numbers = {**numbers, FAILED: numbers[FAILED] + failed}
    return [Line(_words(code, n), n, _url(asked, code)) for code, n in _in_order(numbers)]


def groups(asked: Asked) -> list[Group]:
    """The kinds of which something waits, the most harmful first, each with its first rows."""
    numbers = _count(asked)
    numbers[FAILED] += number_failed(study=asked.study, user=asked.user, site=asked.site)
    filled = []
    for code, number in _in_order(numbers):
        kind = _BY_CODE.get(code)
        rows = described(asked, kind, list(all_rows(asked, kind)[:FIRST])) if kind else []
        act, urgent = (kind.act, kind.urgent) if kind else ("", False)
        words, url = _words(code, number), _url(asked, code)
        filled.append(Group(code, words, number, url, rows, act, urgent))
    return filled


def kind_of(code: str) -> Kind | None:
    """The kind of this code that is listed row by row, or none."""
    return _BY_CODE.get(code)


def all_rows(asked: Asked, kind: Kind) -> QuerySet[Any]:
    """Every row of ``kind`` that waits and that the person may see, in its order."""
    related = SOURCES[kind.of].related
    return _waiting(asked, kind).select_related(*related).order_by(*kind.order)


def described(asked: Asked, kind: Kind, rows: list[Any]) -> list[Row]:
    """``rows`` of ``kind`` in words, each with whether the person may act on it at its site."""
    shown_rows = []
    for row in rows:
        line = kind.tells(asked, row)
        shown_rows.append(Row(line, asked.may(kind.acts, line.participant.site_id)))
    return shown_rows


def coming(asked: Asked) -> tuple[date, int] | None:
    """The next day on which visits are planned, and how many; none when no more are."""
    if not asked.under_way:
        return None
    source = SOURCES["visits"]
    seen = Visit.objects.visible_to(asked.user).filter(pk__in=source.of(asked).values("pk"))
    later = seen.filter(
        state__in=WAITING,
        scheduled_on__gt=asked.on,
        participant__state=Participant.State.ENROLLED,
    )
    days = later.order_by("scheduled_on").values_list("scheduled_on").annotate(Count("pk"))
    return days.first()


def _count(asked: Asked) -> dict[str, int]:
    """Every kind's number in one query, and what failed or is damaged in others."""
    how_many = Func(F("pk"), function="COUNT", output_field=IntegerField())
    counts = {
        f"of_{kind.code}": Subquery(
            _waiting(asked, kind).order_by().values(how_many=how_many),
            output_field=IntegerField(),
        )
        for kind in KINDS
    }
    row: Any = Study.objects.filter(pk=asked.study.pk).values(**counts).get()
    numbers = {kind.code: row[f"of_{kind.code}"] or 0 for kind in KINDS}
    failed = number_stuck(study=asked.study, user=asked.user, without=_OWN_LINES, site=asked.site)
    damaged = number_damaged(study=asked.study, user=asked.user)
    damaged += number_edited(study=asked.study, user=asked.user)
    return {**numbers, FAILED: failed, DAMAGED: damaged}


def _waiting(asked: Asked, kind: Kind) -> QuerySet[Any]:
    source = SOURCES[kind.of]
    return source.of(asked).filter(source.seen(asked, kind.sees), kind.where(asked))


def _in_order(numbers: dict[str, int]) -> Iterator[tuple[str, int]]:
    for code in _ORDER:
        if numbers[code]:
            yield code, numbers[code]


def _words(code: str, number: int) -> str:
    if kind := _BY_CODE.get(code):
        return kind.words(number)
    if code == DAMAGED:
        return ngettext(
            "stored file or row that is damaged and left out",
            "stored files or rows that are damaged and left out",
            number,
        )
    return ngettext(
        "thing that failed and needs attention", "things that failed and need attention", number
    )


def _url(asked: Asked, code: str) -> str:
    """Where exactly these rows are."""
    if code in (FAILED, DAMAGED):
        work = reverse("inference:work", args=[asked.study.code])
        return work if code == FAILED else f"{work}#damaged"
    page = reverse("inference:today_kind", args=[asked.study.code, code])
    return f"{page}?site={asked.site.code}" if asked.site else page


_BY_CODE = {kind.code: kind for kind in KINDS}
_ORDER = [*_BY_CODE]
# Before what is looked at without hurry.
_ORDER[_ORDER.index("photos") : _ORDER.index("photos")] = [DAMAGED, FAILED]
