"""An approval entered with the wrong day or reference is put right, or for the wrong site removed.

Both with a reason.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from studies.access.permissions import Permission
from studies.amendments.models import Amendment, SiteApproval
from studies.amendments.services.consents import hold
from studies.amendments.services.reading import today
from studies.amendments.signals import approval_moved
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused, invalid
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.models import Site, Study
from studies.protocol.services.changes import require_reason
from studies.protocol.services.rights import require
from studies.record import services as audit
from studies.record.unchanged import require_unchanged

NAMES = ("approved_on", "effective_on", "reference")
_ACTS = ("amendment.approve", "amendment.correct_approval", "amendment.remove_approval")


def approval_of(amendment: Amendment, site: Site) -> SiteApproval | None:
    """The approval entered for ``site``, or none yet."""
    return SiteApproval.objects.filter(amendment=amendment, site=site).first()


def entered(approval: SiteApproval | None) -> dict[str, Any]:
    """What the form that corrects an approval shows of it."""
    return {name: getattr(approval, name, None) for name in NAMES}


def began(approval: SiteApproval) -> bool:
    """Whether the site follows it by now: its first day has begun there."""
    return approval.in_force_at is not None or approval.effective_on <= today(approval.site)


@transaction.atomic
def correct_approval(
    *,
    amendment: Amendment,
    site: Site,
    approved_on: date,
    effective_on: date,
    reason: str,
    by: Actor,
    reference: str = "",
    seen: Seen | None = None,
) -> SiteApproval:
    """Put right what was entered of the approval of ``amendment`` at ``site``.

    The first day can be moved until it has begun; the day of the decision and the committee's
    reference always. Old and new are kept with the reason.

    Raises:
        NotAllowed: ``by`` may not enter approvals at the site.
        ReasonMissing, ChangedMeanwhile: as their messages say.
        StateRefused: no approval is entered, or its first day has begun and would move.
        Invalid: days that cannot be; or nothing differs.
    """
    study: Study = amendment.study
    require(by, Permission.AMENDMENT_APPROVE, study=study, site=site)
    require_reason(study, reason)
    rows = SiteApproval.objects.select_for_update(of=("self",)).select_related("site__study")
    row = rows.filter(amendment=amendment, site=site).first()
    if row is None:
        raise StateRefused(f"No approval of {amendment} is entered for {site.code} yet.")
    before = entered(row)
    require_unchanged(seen, before, study=study.code, actions=_ACTS, target=amendment)
    _require_possible(row, approved_on, effective_on)
    after = dict(zip(NAMES, (approved_on, effective_on, tidy(reference)), strict=True))
    changed = [name for name in NAMES if before[name] != after[name]]
    if not changed:
        raise invalid("Nothing was saved.", {"effective_on": "Nothing differs from what is there."})
    for name in changed:
        setattr(row, name, after[name])
    row.save(update_fields=changed)
    audit.record(
        by=by,
        action="amendment.correct_approval",
        target=amendment,
        study=study.code,
        site=site.code,
        old={"site": site.code, **_told(before, changed)},
        new={"site": site.code, **_told(after, changed)},
        reason=" ".join(reason.split()),
    )
    if "effective_on" in changed:
        approval_moved.send(sender=SiteApproval, approval=row)
    return row


@transaction.atomic
def remove_approval(
    *, amendment: Amendment, site: Site, reason: str, by: Actor, seen: Seen | None = None
) -> None:
    """Take away the approval of ``amendment`` at ``site``, which was another site's.

    The site stays with the version before, as if nothing had been entered; the audit trail keeps
    what was. A consent that this approval alone named is shown nowhere until another names it.
    The amendment stays approved, and its words fixed, though no site may follow it for a while.

    Raises:
        NotAllowed: ``by`` may not enter approvals at the site.
        ReasonMissing, ChangedMeanwhile: as their messages say.
        StateRefused: no approval is entered, its first day has begun, or the site has approved a
            later version, which holds this one.
    """
    study: Study = amendment.study
    require(by, Permission.AMENDMENT_APPROVE, study=study, site=site)
    require_reason(study, reason)
    rows = SiteApproval.objects.select_for_update(of=("self",)).select_related("site__study")
    row = rows.filter(amendment=amendment, site=site).first()
    if row is None:
        raise StateRefused(f"No approval of {amendment} is entered for {site.code}.")
    before = entered(row)
    require_unchanged(seen, before, study=study.code, actions=_ACTS, target=amendment)
    _require_removable(row)
    hold(row.consent_version)
    row.delete()
    audit.record(
        by=by,
        action="amendment.remove_approval",
        target=amendment,
        study=study.code,
        site=site.code,
        old={"site": site.code, **_told(before, list(NAMES))},
        new={"version": amendment.number, "site": site.code},
        reason=" ".join(reason.split()),
    )


def _require_removable(row: SiteApproval) -> None:
    if began(row):
        raise StateRefused(
            f"{row.amendment} has been in force at {row.site.code} since "
            f"{row.effective_on.isoformat()}, and visits opened under it, so the approval stays. "
            "Nothing was removed. Write down as a note on each participant what was done under a "
            "version that was not approved, and draft the next version for what comes."
        )
    later = SiteApproval.objects.filter(site=row.site, amendment__number__gt=row.amendment.number)
    following = later.select_related("amendment").order_by("amendment__number").first()
    if following is not None:
        raise StateRefused(
            f"{row.site.code} has the approval of {following.amendment} too, which includes this "
            "one. Nothing was removed: remove that one first."
        )


def _require_possible(row: SiteApproval, approved_on: date, effective_on: date) -> None:
    on, problems = today(row.site), {}
    moves = effective_on != row.effective_on
    if moves and began(row):
        raise StateRefused(
            f"{row.amendment} has been in force at {row.site.code} since "
            f"{row.effective_on.isoformat()}, and visits opened under it, so its first day stays. "
            "Nothing was saved. The day of the decision and the reference can be corrected; what "
            "was done too early is written down as a note on each participant it concerns."
        )
    before = SiteApproval.objects.filter(site=row.site, amendment__number__lt=row.amendment.number)
    last = before.aggregate(last=Max("effective_on"))["last"]
    after = SiteApproval.objects.filter(site=row.site, amendment__number__gt=row.amendment.number)
    following = after.order_by("effective_on").first()
    if approved_on > on:
        problems["approved_on"] = "This day is still to come: enter what has been decided."
    if effective_on < approved_on:
        problems["effective_on"] = "This is before the day of the approval."
    elif moves and effective_on < on:
        problems["effective_on"] = "This day is past: choose today or a later day."
    elif last is not None and effective_on < last:
        problems["effective_on"] = f"The version before begins here on {last.isoformat()}."
    elif following is not None and effective_on > following.effective_on:
        problems["effective_on"] = (
            f"{following.amendment} begins here on {following.effective_on.isoformat()}, and "
            "follows this one."
        )
    if problems:
        raise invalid("Nothing was saved; please check the days.", problems)


def _told(values: dict[str, Any], names: list[str]) -> dict[str, str]:
    return {name: str(values[name]) for name in names}
