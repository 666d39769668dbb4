"""A site's ethics committee approves an amendment: from a day on, the site follows it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from studies.access.permissions import Permission
from studies.amendments.changes import PARTS, Row, before_of, check_together
from studies.amendments.errors import ConsentNotInForce
from studies.amendments.models import Amendment, SiteApproval
from studies.amendments.services.drafting import require_no_orphans
from studies.amendments.services.reading import today
from studies.amendments.signals import amendment_approved
from studies.consent_texts.models import ConsentDocument, ConsentVersion
from studies.platform.actors import SYSTEM, Actor
from studies.platform.errors import StateRefused, invalid
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.errors import StudyClosed
from studies.protocol.models import Site, Study, StudyCondition
from studies.protocol.models.versions import CURRENT
from studies.protocol.services.rights import require
from studies.record import services as audit
from studies.record.unchanged import require_unchanged

S = Amendment.State


@transaction.atomic
def approve_amendment(
    *,
    amendment: Amendment,
    site: Site,
    approved_on: date,
    effective_on: date,
    by: Actor,
    reference: str = "",
    consent_version: ConsentVersion | None = None,
    seen: Seen | None = None,
) -> SiteApproval:
    """Enter that the ethics committee of ``site`` approved ``amendment``, in force from a day on.

    The first approval makes the amendment's rows of the protocol; no other site sees them. Without
    ``consent_version`` the amendment's own goes with it.

    Raises:
        NotAllowed: ``by`` may not enter approvals at the site.
        StudyClosed, ChangedMeanwhile: as their messages say.
        StateRefused: it is a draft, or the site follows it, or a later one, already.
        Invalid: a day that cannot be: to come, past, or before that of the site's last version.
        ConsentNotInForce: a language has no text in force of the consent version it names.
        DataOrphaned: photos have arrived that it would leave without a place.
    """
    require(by, Permission.AMENDMENT_APPROVE, study=amendment.study, site=site)
    study = Study.objects.select_for_update().get(pk=amendment.study_id)
    if study.state != Study.State.ACTIVE:
        raise StudyClosed(f"Study {study.code} is {study.get_state_display()}. Nothing was saved.")
    row = Amendment.objects.select_for_update().get(pk=amendment.pk)
    row.study = study
    require_unchanged(
        seen, shown_values(row, site), study=study.code, actions=["amendment.approve"], target=row
    )
    _require_open(row, site)
    _check_days(row, site, approved_on, effective_on)
    _require_consent(row, consent_version or row.consent_version)
    if row.state == S.SUBMITTED:
        check_together(row)
        require_no_orphans(row)
        adopt(row)
    approval = SiteApproval.objects.create(
        amendment=row,
        site=site,
        approved_on=approved_on,
        effective_on=effective_on,
        reference=tidy(reference),
        consent_version=consent_version if consent_version != row.consent_version else None,
    )
    audit.record(
        by=by,
        action="amendment.approve",
        target=row,
        study=study.code,
        site=site.code,
        new={
            "version": row.number,
            "site": site.code,
            "approved_on": approved_on.isoformat(),
            "effective_on": effective_on.isoformat(),
            "reference": approval.reference,
            "consent": str(consent_version or row.consent_version or ""),
        },
    )
    amendment_approved.send(sender=SiteApproval, approval=approval)
    return approval


def shown_values(row: Amendment, site: Site) -> dict[str, Any]:
    """What the form about one site's approval shows of the amendment there."""
    return {"state": row.state, "approved": row.approvals.filter(site=site).exists()}


def adopt(row: Amendment) -> None:
    """Make the rows of the version; those it changes end with the version before. For services."""
    row.move(S.ADOPTED, before=before_of(row))
    for name, part in PARTS.items():
        wanted = row.changes.get(name, {})
        rows = part.model._default_manager.filter(CURRENT, study=row.study, code__in=wanted)
        were = {earlier.code: earlier for earlier in rows}
        for code, earlier in were.items():
            if name == "arms" and wanted[code] is not None:
                continue  # the same group under another name
            earlier.last_version = row.number - 1
            earlier.save(update_fields=["last_version"])
        for code, values in wanted.items():
            if values is not None:
                _make(row, name, code, were.get(code), values)


def _make(row: Amendment, name: str, code: str, was: Row | None, values: Mapping[str, Any]) -> None:
    """A row of the version, with what an amendment does not name from the row it follows."""
    made = was or PARTS[name].model(study=row.study, code=code)
    if was is None or name != "arms":
        made.pk = None
        made._state.adding = True
        made.first_version, made.last_version = row.number, None
    for field, value in values.items():
        setattr(made, field, value)
    made.save()


@transaction.atomic
def take_effect(approval: SiteApproval) -> None:
    """On the first day of an amendment at a site: its target, and the conditions graded.

    For the work that carries it over to the site's participants; done twice, it does no harm.
    """
    waiting = SiteApproval.objects.filter(pk=approval.pk, in_force_at=None)
    if not waiting.update(in_force_at=timezone.now()):
        return
    amendment, site = approval.amendment, approval.site
    earlier = Amendment.objects.filter(study=amendment.study, number__lte=amendment.number)
    for changes in earlier.order_by("number").values_list("changes", flat=True):
        if site.code in changes.get("targets", {}):
            target = changes["targets"][site.code]
            Site.objects.filter(pk=site.pk).update(enrolment_target=target)
    conditions = amendment.changes.get("conditions")
    first = amendment.approvals.order_by("effective_on", "pk").first()
    if conditions is not None and first == approval:
        StudyCondition.objects.filter(study=amendment.study).delete()
        StudyCondition.objects.bulk_create(
            StudyCondition(study=amendment.study, condition_id=code, position=place)
            for place, code in enumerate(conditions)
        )
    audit.record(
        by=SYSTEM,
        action="amendment.take_effect",
        target=amendment,
        study=amendment.study.code,
        site=site.code,
        new={"version": amendment.number, "site": site.code},
    )


def _require_open(row: Amendment, site: Site) -> None:
    if row.state == S.DRAFT:
        raise StateRefused(
            f"{row} is a draft, whose words may still change. Nothing was saved: its manager "
            "submits it first."
        )
    later = SiteApproval.objects.filter(site=site, amendment__number__gte=row.number).first()
    if later is not None:
        raise StateRefused(
            f"{site.code} has the approval of {later.amendment} already. Nothing was saved."
        )


def _check_days(row: Amendment, site: Site, approved_on: date, effective_on: date) -> None:
    on, problems = today(site), {}
    last = SiteApproval.objects.filter(site=site).aggregate(last=Max("effective_on"))["last"]
    if approved_on > on:
        problems["approved_on"] = "This day is still to come: enter what has been decided."
    if effective_on < approved_on:
        problems["effective_on"] = "This is before the day of the approval."
    elif effective_on < on:
        problems["effective_on"] = (
            "This day is past: visits of that day were made under the version before. Choose "
            "today or a later day."
        )
    elif last is not None and effective_on < last:
        problems["effective_on"] = (
            f"The last version begins here on {last.isoformat()}: choose that day or a later one."
        )
    if problems:
        raise invalid("Nothing was saved; please check the days.", problems)


def _require_consent(row: Amendment, version: ConsentVersion | None) -> None:
    if version is None:
        return
    shown = (ConsentDocument.State.IN_FORCE, ConsentDocument.State.SUPERSEDED)
    texts = ConsentDocument.objects.filter(version=version, state__in=shown)
    there = set(texts.values_list("language", flat=True))
    lacking = [
        dict(settings.LANGUAGES)[language]
        for language in row.study.languages
        if language not in there
    ]
    if lacking:
        raise ConsentNotInForce(
            f"Consent version {version} goes with {row}, and is not in force yet in "
            f"{', '.join(map(str, lacking))}. Nothing was saved. Put it in force first: it is "
            "shown at no site before the amendment takes effect there."
        )
