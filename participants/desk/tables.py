"""The list of participants."""

from collections.abc import Collection
from datetime import date
from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from participants.people.models import Participant
from studies.protocol.models import Study

_DATE = {"td": {"class": "nowrap"}}
_STATE = (
    '{% load i18n %}{% include "components/state.html" with state=record.state'
    ' label=record.get_state_display %}{% if record.state == "screened" and not'
    ' record.screening.eligible %} {% include "components/badge.html" with'
    ' text=_("Not eligible") %}{% endif %}{% if record.pk in table.to_renew %}'
    ' {% include "components/badge.html" with kind="warn" text=_("Consent to renew") %}{% endif %}'
)


class ParticipantTable(tables.Table):  # type: ignore[misc]
    """Rows annotated by ``with_schedule``; the code leads to the participant."""

    code = tables.Column(verbose_name=gettext_lazy("Code"))
    site = tables.Column(accessor="site__code", verbose_name=gettext_lazy("Site"))
    arm = tables.Column(accessor="arm__name", verbose_name=gettext_lazy("Arm"), default="–")
    state = tables.TemplateColumn(_STATE, verbose_name=gettext_lazy("State"))
    enrolled_on = tables.DateColumn(
        "j M Y", verbose_name=gettext_lazy("Enrolled"), default="–", attrs=_DATE
    )
    visits_done = tables.Column(verbose_name=gettext_lazy("Visits done"))
    next_on = tables.Column(verbose_name=gettext_lazy("Next visit"), default="–")

    class Meta:
        order_by = "code"
        empty_text = gettext_lazy("No participant matches the filter.")

    def __init__(
        self,
        *args: Any,
        study: Study,
        on: date,
        arms: bool,
        to_renew: Collection[int] = (),
        **kwargs: Any,
    ) -> None:
        self.study, self.on, self.to_renew = study, on, to_renew
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
        return format_html('<a class="code" href="{}">{}</a>', url, record.code)

    def render_visits_done(self, record: Any) -> str:
        if not record.visits_all:
            return "–"
        return _("%(done)s of %(all)s") % {"done": record.visits_done, "all": record.visits_all}

    def render_next_on(self, record: Any) -> SafeString:
        """Name and day of the next visit, and a badge when something is due, late or missed."""
        day = date_format(record.next_on, "j M Y")
        days = (self.on - record.next_on).days
        badge = SafeString("")
        if record.due:
            late = ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}
            words = late if days > 0 else _("Due")
            badge = format_html(' <span class="badge badge--warn">{}</span>', words)
        next_name = record.next_name
        return format_html('<span>{} <span class="muted">{}</span>{}</span>', next_name, day, badge)
