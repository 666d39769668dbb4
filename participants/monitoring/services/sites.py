"""How each site conducts the study: enrolment, queries, deviations, photos, verification."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from participants.answers.models import Submission
from participants.capture.models import Photo
from participants.deviations.models import Deviation
from participants.people.models import GONE, IN_SCREENING, Participant
from participants.queries.services.listing import SiteAges, query_ages
from participants.verification.services.counting import by_site
from studies.access.models import User
from studies.access.permissions import Permission
from studies.assignments.models import Assignment
from studies.platform.kept import kept
from studies.protocol.models import Site, Study
from studies.protocol.services.rights import reach

TOLD = 2  # reasons of retakes named for a site


@dataclass
class Photos:
    """The photos of a site that were judged: how many had to be taken again, and why."""

    judged: int = 0
    retaken: int = 0
    waiting: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def retake_rate(self) -> int | None:
        """Percent of the judged photos that were wanted again; ``None`` of nothing."""
        return round(100 * self.retaken / self.judged) if self.judged else None

    @property
    def common(self) -> list[tuple[str, int]]:
        return self.reasons.most_common(TOLD)


@dataclass
class SiteLine:
    """One site. What the person may not see of it stays empty, and its section is not shown."""

    site: Site
    screened: int = 0
    in_screening: int = 0
    failures: int = 0
    enrolled: int = 0
    left: int = 0
    deviations: dict[str, int] = field(default_factory=dict)
    entered: int = 0
    photos: Photos = field(default_factory=Photos)
    verified: dict[str, int] = field(default_factory=dict)
    queries: SiteAges | None = None

    @property
    def target(self) -> int:
        return self.site.enrolment_target

    @property
    def standing_deviations(self) -> int:
        return sum(self.deviations.values())

    @property
    def to_verify(self) -> int:
        return self.verified.get("left", 0) + self.verified.get("partly", 0)

    @property
    def planned(self) -> int:
        """Parts that are verified, changed since, or left."""
        counts = ("verified", "changed", "left", "partly")
        return sum(self.verified.get(name, 0) for name in counts)


def site_lines(*, study: Study, user: User) -> list[SiteLine]:
    """A line for each site that ``user`` may see, by code.

    Queries, deviations, photos and verification come where ``user`` holds the right to each.
    """
    sites = Site.objects.visible_to(user, Permission.MONITORING_VIEW).filter(study=study)
    lines = {site.pk: SiteLine(site) for site in sites.order_by("code")}
    _people(study, user, lines)
    _deviations(study, user, lines)
    _photos(study, user, lines)
    for pk, numbers in _verified(study, user).items():
        if pk in lines:
            lines[pk].verified = numbers
    for ages in query_ages(study, user):
        if ages.site.pk in lines:
            lines[ages.site.pk].queries = ages
    return list(lines.values())


def _people(study: Study, user: User, lines: dict[int, SiteLine]) -> None:
    people = Participant.objects.visible_to(user, Permission.MONITORING_VIEW).filter(study=study)
    rows = (
        people.order_by()
        .values("site")
        .annotate(
            screened=Count("pk"),
            in_screening=Count("pk", filter=Q(state__in=IN_SCREENING)),
            failures=Count("pk", filter=Q(state=Participant.State.SCREEN_FAILURE)),
            enrolled=Count("pk", filter=Q(enrolled_on__isnull=False)),
            left=Count("pk", filter=Q(enrolled_on__isnull=False, state__in=GONE)),
        )
    )
    for row in rows:
        line = lines[row["site"]]
        for name in ("screened", "in_screening", "failures", "enrolled", "left"):
            setattr(line, name, row[name])


def _deviations(study: Study, user: User, lines: dict[int, SiteLine]) -> None:
    """Those found that hold still, by kind; and those entered in the form that ships for them."""
    found = Deviation.objects.visible_to(user).filter(participant__study=study, over_at=None)
    columns = ("participant__site", "kind")
    for site, kind, number in _counts(found, columns):
        if site in lines:
            lines[site].deviations[kind] = number
    entered = entered_deviations(study, user)
    for site, number in _counts(entered, ("participant__site",)):
        if site in lines:
            lines[site].entered = number


def entered_deviations(study: Study, user: User) -> QuerySet[Submission]:
    """Deviations that people have entered, by questionnaires of that role."""
    seen = Submission.objects.visible_to(user).filter(participant__study=study).counted()
    return seen.filter(assignment__role=Assignment.Role.DEVIATION)


def _photos(study: Study, user: User, lines: dict[int, SiteLine]) -> None:
    """A photo counts as wanted again where it was turned down for a reason, by check or person."""
    seen = Photo.objects.visible_to(user).filter(visit__participant__study=study)
    told = seen.order_by().values_list(
        "visit__participant__site", "state", "review", "retake_reasons"
    )
    for site, state, review, reasons in told.iterator():
        if site not in lines or state == Photo.State.RECEIVED:
            continue
        photos = lines[site].photos
        photos.waiting += review == Photo.Review.WAITING
        photos.judged += 1
        if reasons:
            photos.retaken += 1
            photos.reasons.update({str(reason["code"]).replace("_", " ") for reason in reasons})


def _verified(study: Study, user: User) -> dict[int, dict[str, int]]:
    def find() -> dict[int, dict[str, int]]:
        return {
            site: {standing.value: number for standing, number in numbers.items()}
            for site, numbers in by_site(study, user).items()
        }

    return kept(f"verified:{study.pk}:{reach(user, study=study)}", find)


def _counts(rows: QuerySet[Any], columns: tuple[str, ...]) -> Any:
    return rows.order_by().values_list(*columns).annotate(Count("pk"))
