"""Which version of its protocol a site follows, and what that version has."""

from datetime import date, datetime, time

from django.db.models import Max, QuerySet
from django.utils import timezone

from studies.amendments.models import Amendment, SiteApproval
from studies.protocol.models import Arm, EligibilityCriterion, Site, Study, VisitDefinition
from studies.protocol.models.versions import in_version

FIRST = 1


def today(where: Study | Site) -> date:
    """Today's date in the time zone of the study, or of the site, which may have its own."""
    return timezone.now().astimezone(where.zone).date()


def begins(approval: SiteApproval) -> datetime:
    """The moment at which ``approval`` takes effect: the day begins where the site is."""
    return datetime.combine(approval.effective_on, time.min, tzinfo=approval.site.zone)


def newest_version(study: Study) -> int:
    """The newest version that a site's committee has approved."""
    adopted = Amendment.objects.filter(study=study, state=Amendment.State.ADOPTED)
    return int(adopted.aggregate(newest=Max("number"))["newest"] or FIRST)


def version_at(site: Site, on: date) -> int:
    """The version of the protocol that ``site`` follows on the day ``on``."""
    approvals = SiteApproval.objects.filter(site=site, effective_on__lte=on)
    return int(approvals.aggregate(newest=Max("amendment__number"))["newest"] or FIRST)


def versions_at(study: Study, on: date) -> dict[int, int]:
    """Site (its key) → the version it follows on ``on``; one query."""
    approvals = SiteApproval.objects.filter(amendment__study=study, effective_on__lte=on)
    newest = approvals.order_by().values("site").annotate(newest=Max("amendment__number"))
    numbers = dict(newest.values_list("site", "newest"))
    return {pk: numbers.get(pk, FIRST) for pk in study.sites.values_list("pk", flat=True)}


def schedule_of(study: Study, version: int) -> QuerySet[VisitDefinition]:
    """The visits that ``version`` plans, by day."""
    return VisitDefinition.every.filter(in_version(version), study=study, unscheduled=False)


def criteria_of(study: Study, version: int) -> QuerySet[EligibilityCriterion]:
    """The criteria that ``version`` asks for."""
    return EligibilityCriterion.every.filter(in_version(version), study=study)


def arms_of(study: Study, version: int) -> QuerySet[Arm]:
    """The arms that participants may be put in under ``version``."""
    return Arm.objects.filter(in_version(version), study=study)


def visits_ever(study: Study) -> list[VisitDefinition]:
    """One row for each visit that any version plans, in its newest wording, by day."""
    rows = VisitDefinition.every.filter(study=study, unscheduled=False)
    newest = {row.code: row for row in rows.order_by("first_version")}
    return sorted(newest.values(), key=lambda row: (row.day_offset, row.code))
