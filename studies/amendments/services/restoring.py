"""The versions of a protocol as a file has them, brought into a study that is still a draft."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from studies.amendments.changes import PARTS
from studies.amendments.models import Amendment, SiteApproval
from studies.amendments.services.reading import today
from studies.amendments.signals import amendment_approved
from studies.consent_texts.models import ConsentVersion
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused, invalid
from studies.protocol.models import Study
from studies.protocol.models.versions import CURRENT
from studies.protocol.services.changes import require_edit, validate
from studies.record import services as audit

Rows = Sequence[Mapping[str, Any]]


@transaction.atomic
def restore_versions(
    *, study: Study, rows: Mapping[str, Rows], amendments: Rows, by: Actor
) -> None:
    """Give ``study``, whose newest rows are there, its earlier rows and its amendments.

    ``rows`` holds for each of ``PARTS`` every row with ``code``, ``since``, ``until`` and the
    part's own fields; ``amendments`` the fields of ``Amendment``, with ``consent`` and each of
    ``approvals`` naming site and consent by their codes.

    Raises:
        NotAllowed: ``by`` may not edit the protocol.
        StateRefused: the study is no draft any more.
        Invalid: an approval or a consent is of what the study does not have.
    """
    require_edit(by, study)
    if study.state != Study.State.DRAFT:
        raise StateRefused(f"Study {study.code} is no draft. Nothing was changed.")
    SiteApproval.objects.filter(amendment__study=study).delete()
    Amendment.objects.filter(study=study).delete()
    for part in PARTS:
        _restore_rows(study, part, rows[part])
    for item in amendments:
        _restore_amendment(study, item)
    if amendments:
        audit.record(
            by=by,
            action="amendment.restore",
            target=study,
            study=study.code,
            new={"versions": [item["number"] for item in amendments]},
        )


def _restore_rows(study: Study, part: str, rows: Rows) -> None:
    model = PARTS[part].model
    every = getattr(model, "every", model._default_manager)
    if part != "arms":
        every.filter(study=study).exclude(CURRENT).delete()
    for item in rows:
        ends = {"first_version": item["since"], "last_version": item["until"]}
        if part == "arms":
            every.filter(study=study, code=item["code"]).update(**ends)
        elif item["until"] is None:
            every.filter(CURRENT, study=study, code=item["code"]).update(**ends)
        else:
            values = {name: value for name, value in item.items() if name not in ("since", "until")}
            row = model(study=study, **values, **ends)
            row.clean_fields()
            row.save(force_insert=True)


def _restore_amendment(study: Study, item: Mapping[str, Any]) -> None:
    names = ("number", "title", "summary", "state", "reach", "asks", "changes", "before")
    row = Amendment(
        study=study,
        **{name: item[name] for name in names},
        consent_version=_consent(study, item["consent"]),
    )
    validate(row)
    row.save(force_insert=True)
    sites = {site.code: site for site in study.sites.all()}
    for approved in item["approvals"]:
        if approved["site"] not in sites:
            raise invalid(
                "Nothing was loaded.", {"approvals": f"There is no site {approved['site']}."}
            )
        effective_on = date.fromisoformat(approved["effective_on"])
        begun = effective_on <= today(sites[approved["site"]])
        approval = SiteApproval.objects.create(
            amendment=row,
            site=sites[approved["site"]],
            approved_on=date.fromisoformat(approved["approved_on"]),
            effective_on=effective_on,
            reference=approved["reference"],
            consent_version=_consent(study, approved["consent"]),
            in_force_at=timezone.now() if begun else None,
        )
        if not begun:
            amendment_approved.send(sender=SiteApproval, approval=approval)


def _consent(study: Study, number: str) -> ConsentVersion | None:
    if not number:
        return None
    version = ConsentVersion.objects.filter(study=study, number=number).first()
    if version is None:
        raise invalid("Nothing was loaded.", {"consent": f"There is no consent {number}."})
    return version
