"""An amendment as long as nobody has approved it: drafted, changed, submitted, discarded."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from studies.amendments import changes
from studies.amendments.errors import (
    AmendmentFixed,
    AmendmentUnderWay,
    DataOrphaned,
    NotAmended,
)
from studies.amendments.models import Amendment
from studies.amendments.services.consents import hold, nameable
from studies.amendments.signals import orphans_asked
from studies.consent_texts.models import ConsentVersion
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, StateRefused, invalid
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.models import Condition, Site, Study
from studies.protocol.services.changes import require_edit, validate
from studies.record import services as audit
from studies.record.unchanged import require_unchanged

S = Amendment.State
HEADER = ("title", "summary", "reach", "consent_version", "asks")
_ACTS = ("amendment.edit", "amendment.change", "amendment.submit", "amendment.reopen")


@transaction.atomic
def draft_amendment(*, study: Study, by: Actor, **values: Any) -> Amendment:
    """Begin the next version of the protocol of ``study``; ``values`` are those of ``HEADER``.

    Raises:
        NotAllowed, StudyClosed, Invalid: as their messages say.
        StateRefused: nobody takes part yet, so the protocol itself can be edited.
        AmendmentUnderWay: there is one that no site has approved yet.
    """
    require_edit(by, study)
    study = Study.objects.select_for_update().get(pk=study.pk)
    if not study.has_participants():
        raise StateRefused(
            "No participant has a code yet, so the protocol itself can be edited. Nothing was "
            "drafted."
        )
    under_way = Amendment.objects.filter(study=study).exclude(state=S.ADOPTED).first()
    if under_way is not None:
        raise AmendmentUnderWay(
            f"{under_way} is {under_way.get_state_display()}. Nothing was drafted: change that "
            "one, or discard it."
        )
    latest = Amendment.objects.filter(study=study).aggregate(latest=Max("number"))["latest"]
    row = Amendment(study=study, number=(latest or 1) + 1, **_tidy(values))
    validate(row)
    _check_consent(row)
    row.save(force_insert=True)
    _record(row, "amendment.draft", by, new=_told(row, HEADER))
    return row


@transaction.atomic
def edit_amendment(
    *, amendment: Amendment, by: Actor, seen: Seen | None = None, **values: Any
) -> Amendment:
    """Change what a draft is called, whom it reaches and which consent goes with it.

    Raises:
        NotAllowed, StudyClosed, ChangedMeanwhile, Invalid: as their messages say.
        AmendmentFixed: it is no draft any more.
        DataOrphaned: reaching those enrolled, it takes away what has photos.
    """
    row = _lock_draft(amendment, by)
    _require_unchanged(row, seen, header_values(row))
    values = _tidy(values)
    changed = [name for name in values if getattr(row, name) != values[name]]
    if not changed:
        return row
    old = _told(row, changed)
    if "consent_version" in changed:
        hold(row.consent_version)
    for name in changed:
        setattr(row, name, values[name])
    validate(row)
    if "consent_version" in changed:
        _check_consent(row)
    require_no_orphans(row)
    row.save(update_fields=changed)
    _record(row, "amendment.edit", by, old=old, new=_told(row, changed))
    return row


def change_part(
    *,
    amendment: Amendment,
    part: str,
    code: str,
    values: Mapping[str, Any] | None,
    by: Actor,
    seen: Seen | None = None,
) -> Amendment:
    """Add or change a visit, an arm or a criterion in the draft; ``None`` takes it away.

    What is set to what it is now is no change any more, so that is how one is taken back.

    Raises:
        NotAllowed, StudyClosed, AmendmentFixed, ChangedMeanwhile, Invalid, DataOrphaned: as
            their messages say.
    """
    return _change(
        amendment,
        by,
        seen,
        lambda row: part_values(row, part, code),
        lambda row: changes.with_change(row, part, code, values),
    )


def keep_part(
    *, amendment: Amendment, part: str, code: str, by: Actor, seen: Seen | None = None
) -> Amendment:
    """Take back what the draft changes in one visit, arm or criterion.

    Raises:
        NotAllowed, StudyClosed, AmendmentFixed, ChangedMeanwhile, Invalid: as their messages say.
    """
    now = changes.values_now(amendment.study, part).get(code)
    return _change(
        amendment,
        by,
        seen,
        whole_values,
        lambda row: changes.with_change(row, part, code, now),
    )


def change_target(
    *, amendment: Amendment, site: Site, target: int, by: Actor, seen: Seen | None = None
) -> Amendment:
    """Set how many ``site`` hopes to enrol once the amendment is in force there.

    Raises:
        NotAllowed, StudyClosed, AmendmentFixed, ChangedMeanwhile: as their messages say.
    """
    return _change(
        amendment,
        by,
        seen,
        lambda row: {"enrolment_target": target_of(row, site)},
        lambda row: changes.with_target(row, site, target),
    )


def change_conditions(
    *, amendment: Amendment, conditions: list[str], by: Actor, seen: Seen | None = None
) -> Amendment:
    """Set the conditions graded, the main one first.

    Raises:
        NotAllowed, StudyClosed, AmendmentFixed, ChangedMeanwhile, DataOrphaned: as they say.
        Invalid: none, or one that does not exist.
    """
    wanted = list(dict.fromkeys(conditions))
    if not wanted or set(wanted) - set(Condition.objects.values_list("code", flat=True)):
        raise invalid("Nothing was changed.", {"others": "Choose conditions of the list."})
    return _change(
        amendment,
        by,
        seen,
        lambda row: {"conditions": conditions_of(row)},
        lambda row: changes.with_conditions(row, wanted),
    )


def _change(
    amendment: Amendment,
    by: Actor,
    seen: Seen | None,
    shown: Callable[[Amendment], dict[str, Any]],
    change: Callable[[Amendment], dict[str, Any]],
) -> Amendment:
    with transaction.atomic():
        row = _lock_draft(amendment, by)
        _require_unchanged(row, seen, shown(row))
        old, new = row.changes, change(row)
        if new == old:
            return row
        row.changes = new
        require_no_orphans(row)
        row.save(update_fields=["changes"])
        parts = [part for part in {**old, **new} if old.get(part) != new.get(part)]
        _record(
            row,
            "amendment.change",
            by,
            old={part: old.get(part) for part in parts},
            new={part: new.get(part) for part in parts},
        )
        return row


@transaction.atomic
def submit_amendment(*, amendment: Amendment, by: Actor, seen: Seen | None = None) -> Amendment:
    """Settle the words of a draft, for the ethics committees to decide on.

    Raises:
        NotAllowed, StudyClosed, AmendmentFixed, ChangedMeanwhile, Invalid, DataOrphaned: as
            their messages say.
        NotAmended: it changes nothing.
    """
    row = _lock_draft(amendment, by)
    _require_unchanged(row, seen, whole_values(row))
    if not row.changes and row.consent_version is None:
        raise NotAmended(
            "This draft changes nothing yet, so there is nothing to approve. It stays a draft."
        )
    changes.check_together(row)
    require_no_orphans(row)
    row.move(S.SUBMITTED)
    _record(row, "amendment.submit", by, new=_told(row, HEADER) | {"changes": row.changes})
    return row


@transaction.atomic
def reopen_amendment(*, amendment: Amendment, by: Actor) -> Amendment:
    """Make it a draft again, as long as no site has approved it: a committee asks for changes.

    Raises:
        NotAllowed, StudyClosed: as their messages say.
        StateRefused: a site has approved it, or it is a draft already.
    """
    require_edit(by, amendment.study)
    row = Amendment.objects.select_for_update().get(pk=amendment.pk)
    row.move(S.DRAFT)
    _record(row, "amendment.reopen", by)
    return row


@transaction.atomic
def hold_consent(*, amendment: Amendment, version: ConsentVersion, by: Actor) -> None:
    """Keep ``version`` for the sites whose approvals name it, before it is put in force.

    It is words that one committee asked for: put in force unheld, every site would show it until
    the approval is entered.

    Raises:
        NotAllowed, StudyClosed: as their messages say.
        Invalid: it is in force already, or another study's.
    """
    require_edit(by, amendment.study)
    version = ConsentVersion.objects.select_for_update().get(pk=version.pk)
    if version.study_id != amendment.study_id or version.edition:
        raise invalid(
            "Nothing was changed.",
            {"version": f"Version {version} is in force already. Name one that is drafted."},
        )
    hold(version, drafted=True)
    _record(amendment, "amendment.hold_consent", by, new={"consent": str(version)})


@transaction.atomic
def discard_amendment(*, amendment: Amendment, by: Actor, seen: Seen | None = None) -> None:
    """Throw a draft away; the audit trail keeps what it said.

    Raises:
        NotAllowed, StudyClosed, AmendmentFixed, ChangedMeanwhile: as their messages say.
    """
    row = _lock_draft(amendment, by)
    _require_unchanged(row, seen, whole_values(row))
    hold(row.consent_version)
    _record(row, "amendment.discard", by, old=_told(row, HEADER) | {"changes": row.changes})
    row.delete()


# --- What pages show ---------------------------------------------------------------------------


def header_values(row: Amendment) -> dict[str, Any]:
    """What the form about the amendment as a whole shows."""
    return {name: getattr(row, name) for name in HEADER}


def part_values(row: Amendment, part: str, code: str) -> dict[str, Any]:
    """What the form about one visit, arm or criterion shows; nothing where it is new or gone."""
    return changes.proposed(row, part).get(code) or {}


def whole_values(row: Amendment) -> dict[str, Any]:
    """All that the amendment's page shows of it."""
    return {**header_values(row), "changes": row.changes}


def target_of(row: Amendment, site: Site) -> int:
    """How many ``site`` hopes to enrol with the amendment."""
    return int(row.changes.get("targets", {}).get(site.code, site.enrolment_target))


def conditions_of(row: Amendment) -> list[str]:
    """The conditions graded with the amendment, the main one first."""
    return list(row.changes.get("conditions") or changes.conditions_now(row.study))


# --- Rules -------------------------------------------------------------------------------------


def require_no_orphans(row: Amendment) -> None:
    """Refuse to take away what has photos.

    Raises:
        DataOrphaned: with a sentence for each.
    """
    orphans = [
        sentence
        for _receiver, sentences in orphans_asked.send(sender=Amendment, amendment=row)
        for sentence in sentences or []
    ]
    if orphans:
        raise DataOrphaned(" ".join([*orphans, "The draft is kept as it was."]))


def _lock_draft(amendment: Amendment, by: Actor) -> Amendment:
    require_edit(by, amendment.study)
    row = (
        Amendment.objects.select_for_update(of=("self",))
        .select_related("study")
        .get(pk=amendment.pk)
    )
    if row.state != S.DRAFT:
        raise AmendmentFixed(
            f"{row} is {row.get_state_display()}: committees decide on these very words. Nothing "
            "was changed. As long as no site has approved it, it can be made a draft again."
        )
    return row


def _check_consent(row: Amendment) -> None:
    version = row.consent_version
    if version is None:
        return
    if version.pk not in nameable(row.study).values_list("pk", flat=True):
        raise invalid(
            "Nothing was saved.",
            {
                "consent_version": f"Version {version} is in force already, at every site. "
                "Name one that is drafted, or none."
            },
        )


def _require_unchanged(row: Amendment, seen: Seen | None, shown: dict[str, Any]) -> None:
    require_unchanged(seen, shown, study=row.study.code, actions=_ACTS, target=row)


def _tidy(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(values) - set(HEADER)
    if unknown:
        raise Invalid(f"An amendment has no {', '.join(sorted(unknown))}.")
    return {name: tidy(value) for name, value in values.items()}


def _told(row: Amendment, names: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: str(v) if isinstance(v, ConsentVersion) else v for name, v in values.items()}


def _record(row: Amendment, action: str, by: Actor, **told: Any) -> None:
    told["new"] = {"version": row.number, **(told.get("new") or {})}
    audit.record(by=by, action=action, target=row, study=row.study.code, **told)
