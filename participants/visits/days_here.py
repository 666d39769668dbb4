"""What day it is where: at a study, at a site with a zone of its own, for a participant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db.models import Case, DateField, Value, When
from django.utils import timezone

from participants.visits.models import Day
from studies.protocol.models import Site, Study

NOTHING = timedelta(0)


class Placed(Protocol):
    """A study, a site or a participant: something whose days begin and end in a zone."""

    @property
    def zone(self) -> ZoneInfo: ...


def today(where: Placed) -> date:
    """Today's date there."""
    return timezone.now().astimezone(where.zone).date()


def midnight(where: Placed, day: date) -> datetime:
    """The moment ``day`` begins there, in UTC."""
    return datetime.combine(day, time.min, tzinfo=where.zone).astimezone(UTC)


@dataclass(frozen=True)
class Days:
    """What day it is at each site of a study; ``usual`` where ``at_sites`` has no other."""

    usual: date
    at_sites: Mapping[int, date] = field(default_factory=dict)

    def at(self, site: int) -> date:
        """The day at the site of this key."""
        return self.at_sites.get(site, self.usual)

    def told(self, site: str = "participant__site", *, plus: timedelta = NOTHING) -> Day:
        """The day, or so much later, for a query of rows whose ``site`` is found by that lookup.

        A plain date where it is the same day at every site, as it is most of the time.
        """
        if not self.at_sites:
            return self.usual + plus
        by_day: dict[date, list[int]] = {}
        for key, day in self.at_sites.items():
            by_day.setdefault(day, []).append(key)
        return Case(
            *(
                When(**{f"{site}__in": keys}, then=Value(day + plus, output_field=DateField()))
                for day, keys in sorted(by_day.items())
            ),
            default=Value(self.usual + plus, output_field=DateField()),
            output_field=DateField(),
        )


def days_here(study: Study) -> Days:
    """What day it is now at each site of ``study``; one query."""
    usual = today(study)
    now = timezone.now()
    own = Site.objects.filter(study=study).exclude(time_zone="").values_list("pk", "time_zone")
    days = {key: now.astimezone(ZoneInfo(name)).date() for key, name in own}
    return Days(usual, {key: day for key, day in days.items() if day != usual})
