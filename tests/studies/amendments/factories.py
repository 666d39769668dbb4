"""Amendments as their manager would draft and submit them."""

from datetime import date
from typing import Any

from studies.access.models import User
from studies.amendments.models import Amendment, SiteApproval
from studies.amendments.services.approving import approve_amendment
from studies.amendments.services.drafting import change_part, draft_amendment, submit_amendment
from studies.protocol.models import Site, Study

WEEK_12 = {
    "name": "Week 12",
    "day_offset": 84,
    "window_before": 2,
    "window_after": 3,
    "views": ["front", "left", "right"],
    "instructions": "",
}
WEEK_4 = {**WEEK_12, "name": "Week 4", "day_offset": 28}
BASELINE = {**WEEK_12, "name": "Baseline", "day_offset": 0}


def draft(study: Study, by: User, **values: Any) -> Amendment:
    said = {"title": "A visit at week 12", "summary": "The effect may come late.", **values}
    return draft_amendment(study=study, by=by, **said)


def changed(amendment: Amendment, by: User, **visits: dict[str, Any] | None) -> Amendment:
    """``changed(row, by, week_12=WEEK_12)``: the codes with an underscore for the hyphen."""
    for code, values in visits.items():
        amendment = change_part(
            amendment=amendment,
            part="visits",
            code=code.replace("_", "-"),
            values=values,
            by=by,
        )
    return amendment


def submitted(
    study: Study, by: User, visits: dict[str, dict[str, Any] | None] | None = None, **values: Any
) -> Amendment:
    row = draft(study, by, **values)
    for code, what in (visits or {"week-12": WEEK_12}).items():
        row = change_part(amendment=row, part="visits", code=code, values=what, by=by)
    return submit_amendment(amendment=row, by=by)


def approved(amendment: Amendment, site: Site, on: date, by: User, **values: Any) -> SiteApproval:
    """Approved on the day before, or on ``on`` itself where ``approved_on`` says so."""
    said = {"approved_on": on, **values}
    return approve_amendment(amendment=amendment, site=site, effective_on=on, by=by, **said)
