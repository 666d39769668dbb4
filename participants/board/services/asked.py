"""What is asked of the schedule of a study, as one person sees it: site, arm, state and week."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Self

from django.db.models import Q, QuerySet

from participants.allocation.services.reading import in_arms
from participants.answers.services.waiting import asked_in, visits_open, visits_over
from participants.board.looks import STATES, in_state
from participants.people.models import GONE, Participant
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.access.models import User
from studies.access.permissions import Permission
from studies.assignments.models import Assignment
from studies.protocol.models import Arm, Site, Study

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Asked:
    """A question of the schedule; ``monday`` begins the week.

    ``on`` is today in the study's zone, and ``days`` say what day it is at each site.
    """

    study: Study
    user: User
    on: date
    days: visits.Days
    sites: list[Site]
    arms: list[Arm]
    site: Site | None = None
    arm: Arm | None = None
    state: str = ""
    monday: date | None = None

    @classmethod
    def read(cls, study: Study, user: User, *, may_arms: bool, sent: Mapping[str, str]) -> Self:
        """What an address asks; what is not known, or not the person's, asks nothing."""
        sites = list(Site.objects.visible_to(user, Permission.PARTICIPANT_VIEW).filter(study=study))
        arms = list(study.arms.all()) if may_arms else []
        monday = None
        with suppress(ValueError):
            day = date.fromisoformat(sent.get("week", ""))
            if 2000 <= day.year < 2200:
                monday = day - timedelta(days=day.weekday())
        state = sent.get("state", "")
        return cls(
            study=study,
            user=user,
            on=visits.today(study),
            days=visits.days_here(study),
            sites=sites if len(sites) > 1 else [],
            arms=arms,
            site=next((row for row in sites if row.code == sent.get("site")), None),
            arm=next((row for row in arms if row.code == sent.get("arm")), None),
            state=state if state in STATES else "",
            monday=monday,
        )

    @property
    def narrows(self) -> bool:
        """Whether visits are looked for, and not only people."""
        return bool(self.state or self.monday)

    def people(self) -> QuerySet[Participant]:
        """Who has a schedule, and is of the site and arm asked for; not yet by their visits."""
        people = Participant.objects.visible_to(self.user).filter(study=self.study)
        people = people.filter(enrolled_on__isnull=False)
        if self.state != "complete":  # what was done stays, whoever left later
            people = people.exclude(state__in=GONE)
        if self.site is not None:
            people = people.filter(site=self.site)
        if self.arm is not None:
            people = people.filter(pk__in=in_arms(self.study, [self.arm.code], user=self.user))
        return people

    def visits(self) -> QuerySet[Visit]:
        """Their visits in the state and week asked for."""
        theirs = Visit.objects.counted().filter(participant__in=self.people())
        if self.state in {"forms", "forms_over"}:
            visits = self.lacking(Visit.objects.filter(participant__in=self.people()), self.state)
        else:
            visits = in_state(theirs, self.state, self.days)
        if self.monday is not None:
            visits = visits.filter(opens_on__lt=self.monday + WEEK, closes_on__gte=self.monday)
        return visits

    def lacking(self, visits: QuerySet[Visit], state: str = "") -> QuerySet[Visit]:
        """Those of ``visits`` that lack a questionnaire the person may see: open, over, or both."""
        if self.study.state != Study.State.ACTIVE:
            return visits.none()
        missing = Q(pk__in=[])
        if state != "forms_over":
            missing |= visits_open(self.questionnaires, self.days)
        if state != "forms":
            missing |= visits_over(self.questionnaires, self.days)
        seen = Visit.objects.visible_to(self.user, Permission.ANSWER_VIEW).filter(missing)
        return visits.filter(pk__in=seen.values("pk"))

    @cached_property
    def questionnaires(self) -> list[Assignment]:
        """What is asked at visits and on days of its own."""
        return asked_in(self.study)
