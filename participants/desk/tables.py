"""The list of participants."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_tables2.data import TableQuerysetData

from participants.people.models import Participant
from participants.visits.days_here import Days
from participants.visits.schedule import with_schedule
from studies.protocol.models import Study

_DATE = {"td": {"class": "nowrap"}}


class PagedSchedules(TableQuerysetData):  # type: ignore[misc]
    """Rows found by what they are sorted by; what else a row shows is asked of a page's alone.

    Else the database works out the visits of everybody who stands before the page.
    """

    def __init__(self, data: QuerySet[Participant], days: Days) -> None:
        super().__init__(data)
        self.days = days
        self._shown: dict[tuple[Any, ...], list[Participant]] = {}

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, slice):
            return super().__getitem__(key)
        asked = (self.data, key.start, key.stop)
        if asked not in self._shown:
            self._shown[asked] = self._read(key)
        return self._shown[asked]

    def _read(self, key: slice) -> list[Participant]:
        keys = list(self.data.values_list("pk", flat=True)[key])
        related = Participant.objects.select_related("site")
        rows = with_schedule(related.filter(pk__in=keys), self.days).in_bulk()
        return [rows[pk] for pk in keys if pk in rows]


class ParticipantTable(tables.Table):  # type: ignore[misc]
    """Rows annotated by ``with_schedule``; the code leads to the participant."""

    code = tables.Column(verbose_name=gettext_lazy("Code"))
    site = tables.Column(accessor="site__code", verbose_name=gettext_lazy("Site"))
    arm = tables.Column(empty_values=(), orderable=False, verbose_name=gettext_lazy("Arm"))
    state = tables.Column(verbose_name=gettext_lazy("State"))
    enrolled_on = tables.Column(verbose_name=gettext_lazy("Enrolled"), default="–", attrs=_DATE)
    visits_done = tables.Column(verbose_name=gettext_lazy("Visits done"))
    next_on = tables.Column(verbose_name=gettext_lazy("Next visit"), default="–")

    class Meta:
        order_by = "code"
        empty_text = gettext_lazy("No participant matches the filter.")

    def __init__(
        self,
        *args: Any,
        study: Study,
        days: Days,
        arms: bool,
        ticks: bool = False,
        **kwargs: Any,
    ) -> None:
        self.study, self.days, self.ticks = study, days, ticks
        self.arm_names: Mapping[int, str] = {}  # of the rows shown, as far as they may be known
        self.to_renew: Collection[int] = ()  # of the rows shown, set once they are known
        super().__init__(*args, exclude=() if arms else ("arm",), **kwargs)

    def order_next_on(
        self, queryset: QuerySet[Participant], is_descending: bool
    ) -> tuple[QuerySet[Participant], bool]:
        """By day, those without a next visit last: databases differ on where nothing sorts."""
        day = F("next_on")
        first = day.desc(nulls_last=True) if is_descending else day.asc(nulls_last=True)
        return queryset.order_by(first, "code"), True

    def render_code(self, record: Participant) -> SafeString:
        url = reverse("participants:detail", args=[self.study.code, record.code])
        link = format_html('<a class="code" href="{}">{}</a>', url, record.code)
        if not self.ticks:
            return link
        said = _("Tick %(code)s") % {"code": record.code}
        box = '<input type="checkbox" name="who" value="{}" aria-label="{}">'
        row = f'<span class="board__person">{box}{{}}</span>'
        return format_html(row, record.code, said, link)

    def render_arm(self, record: Participant) -> str:
        return self.arm_names.get(record.pk, "–")

    def render_state(self, record: Participant) -> SafeString:
        """The state, and that a newer text asks them again."""
        context = {"record": record, "to_renew": record.pk in self.to_renew}
        return render_to_string("participants/desk/_state.html", context)

    def render_enrolled_on(self, value: date) -> str:
        return date_format(value, "j M Y")

    def render_visits_done(self, record: Any) -> str:
        if not record.visits_all:
            return "–"
        return _("%(done)s of %(all)s") % {"done": record.visits_done, "all": record.visits_all}

    def render_next_on(self, record: Any) -> SafeString:
        """Name and day of the next visit, and a badge when something is due, late or missed."""
        day = date_format(record.next_on, "j M Y")
        days = (self.days.at(record.site_id) - record.next_on).days
        badge = SafeString("")
        if record.due:
            late = ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}
            words = late if days > 0 else _("Due")
            badge = format_html(' <span class="badge badge--warn">{}</span>', words)
        next_name = record.next_name
        return format_html('<span>{} <span class="muted">{}</span>{}</span>', next_name, day, badge)
