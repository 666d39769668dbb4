"""Exports: the rows of the long and the wide file, streamed, scoped to the person, audited.

Both files hold what the person may see with the right to export, nothing more. Rows come from the
database in batches, so memory does not grow with the study.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.db.models import Count

from inference.exports.closed_sets import study_sets
from inference.exports.columns import (
    CODEBOOK_HEADER,
    codebook,
    long_columns,
    wide_columns,
)
from inference.exports.services.filters import Filters, scores_of, visits_of
from inference.exports.services.rows import condition_codes, long_rows, views_of, wide_rows
from inference.scoring.services.tallies import totals
from participants.allocation.services.reading import in_arms
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.addresses import file_name
from studies.platform.csv_files import csv_lines
from studies.platform.errors import Invalid
from studies.platform.kept import kept
from studies.protocol.models import Site, Study, VisitDefinition
from studies.protocol.services.rights import arm_right, may_anywhere, reach, refusal, require
from studies.record import services as audit

__all__ = ["Export", "File", "Filters", "count_rows", "export_file"]


class File(StrEnum):
    """The files of an export."""

    LONG = "long"
    WIDE = "wide"
    CODEBOOK = "codebook"


@dataclass(frozen=True)
class Export:
    """One file ready to be streamed: its name, its header, its rows."""

    filename: str
    header: list[str]
    rows: Iterator[tuple[Any, ...]]

    def lines(self, *, delimiter: str = ",", byte_order_mark: bool = False) -> Iterator[bytes]:
        """The file, line by line; separated by semicolons, numbers have a decimal comma."""
        return csv_lines(
            self.header, self.rows, delimiter=delimiter, byte_order_mark=byte_order_mark
        )


def export_file(*, study: Study, file: File, filters: Filters, by: User) -> Export:
    """One file of the study's data at the sites where ``by`` may export.

    The act is recorded before the first row leaves.

    Raises:
        NotAllowed: ``by`` may export nothing in this study, asks by arm and may not see arms, or
            asks for the long file and may see no scores.
        Invalid: a filter names a site, arm, visit or condition the study does not have.
    """
    if not may_anywhere(by, Permission.EXPORT, study=study):
        require(by, Permission.EXPORT, study=study)
    require_arms(study, filters, by)
    if file is File.LONG and not may_anywhere(by, Permission.SCORE_VIEW, study=study):
        require(by, Permission.SCORE_VIEW, study=study)
    _require_known(study, filters)
    audit.record(
        by=by,
        action="export.create",
        target=study,
        study=study.code,
        new={"file": file.value, "filters": filters.as_dict()},
    )
    name = file_name(f"{study.code}-{file.value}.csv")
    known = study_sets(
        study, list(Site.objects.visible_to(by, Permission.EXPORT).filter(study=study))
    )
    choices = [code for code, _words in known.choices]
    if file is File.LONG:
        long = long_columns(known, demographics=filters.demographics)
        return Export(name, [c.name for c in long], long_rows(study, filters, by, choices))
    wide = wide_columns(known, condition_codes(study, filters, by), views_of(study))
    if file is File.WIDE:
        return Export(name, [c.name for c in wide], wide_rows(study, filters, by, choices))
    return Export(
        name,
        list(CODEBOOK_HEADER),
        codebook(long_columns(known, demographics=filters.demographics), wide),
    )


def require_arms(study: Study, filters: Filters, by: User) -> None:
    """Refuse a choice by arm to whoever may not see at each site they export who is in which.

    Raises:
        NotAllowed: what is left out would tell it.
    """
    if not filters.arms:
        return
    mine = Site.objects.visible_to(by, Permission.EXPORT).filter(study=study)
    seen = Site.objects.visible_to(by, arm_right(study)).filter(study=study)
    if mine.exclude(pk__in=seen.values("pk")).exists():
        raise refusal(arm_right(study), f"in study {study.code}")


def _require_known(study: Study, filters: Filters) -> None:
    """A mistyped code would otherwise make an empty file that looks like an answer."""
    known = {
        "site": (filters.sites, study.sites.values_list("code", flat=True)),
        "arm": (filters.arms, study.arms.values_list("code", flat=True)),
        "visit": (
            filters.visits,
            VisitDefinition.every.filter(study=study).values_list("code", flat=True),
        ),
        "condition": (filters.conditions, study.conditions.values_list("code", flat=True)),
    }
    for noun, (given, codes) in known.items():
        unknown = sorted(set(given) - set(codes)) if given else []
        if unknown:
            raise Invalid(
                f"{study.code} has no {noun} {', '.join(unknown)}. Nothing was exported; "
                f"it has {', '.join(codes) or 'none'}."
            )


def count_rows(study: Study, filters: Filters, by: User) -> dict[str, int]:
    """How many rows each file would have, and of how many photos the long one's are.

    Of all of it, or of some sites and arms, by what was counted of each participant; with other
    filters the rows are counted, and the number is of now or ``kept``.

    Raises:
        NotAllowed: by arm, to whoever may not see arms.
    """
    require_arms(study, filters, by)
    if replace(filters, demographics=False) == Filters(sites=filters.sites, arms=filters.arms):
        return _summed(study, filters, by)
    asked = json.dumps(filters.as_dict(), sort_keys=True)
    key = f"export:{study.pk}:{reach(by, study=study)}:{asked}"
    return kept(key, lambda: _counted(study, filters, by))


def _summed(study: Study, filters: Filters, by: User) -> dict[str, int]:
    sums = totals(
        study=study,
        user=by,
        permission=Permission.EXPORT,
        sites=filters.sites,
        people=in_arms(study, filters.arms, user=by) if filters.arms else None,
    )
    wide = visits_of(study, filters, by).order_by().count()
    return {"long": sums.scores, "wide": wide, "photos": sums.scored_photos}


def _counted(study: Study, filters: Filters, by: User) -> dict[str, int]:
    scores = scores_of(study, filters, by).order_by()
    long = scores.aggregate(rows=Count("pk"), photos=Count("run__photo", distinct=True))
    wide = visits_of(study, filters, by).count()
    return {"long": long["rows"], "wide": wide, "photos": long["photos"]}
