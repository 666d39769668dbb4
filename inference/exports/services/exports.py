"""Exports: the rows of the long and the wide file, streamed, scoped to the person, audited.

Both files hold what the person may see with the right to export, nothing more. Rows come from the
database in batches, so memory does not grow with the study.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from inference.cells.csv import csv_lines
from inference.exports.columns import CODEBOOK_HEADER, LONG, codebook
from inference.exports.services.rows import Filters, long_rows, scores_of, wide_columns, wide_rows
from inference.scoring.services.scores import current_scores
from participants.capture.models import Photo
from participants.visits.models import Visit
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.protocol.models import Study
from studies.protocol.services.rights import may_anywhere, require
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
        """The file, line by line."""
        return csv_lines(
            self.header, self.rows, delimiter=delimiter, byte_order_mark=byte_order_mark
        )


def export_file(*, study: Study, file: File, filters: Filters, by: User) -> Export:
    """One file of the study's data at the sites where ``by`` may export.

    The act is recorded before the first row leaves.

    Raises:
        NotAllowed: ``by`` may export nothing in this study.
        Invalid: a filter names a site, arm, visit or condition the study does not have.
    """
    if not may_anywhere(by, Permission.EXPORT, study=study):
        require(by, Permission.EXPORT, study=study)
    _require_known(study, filters)
    audit.record(
        by=by,
        action="export.create",
        target=study,
        study=study.code,
        new={"file": file.value, "filters": filters.as_dict()},
    )
    name = f"{study.code}-{file.value}.csv"
    if file is File.CODEBOOK:
        return Export(name, list(CODEBOOK_HEADER), codebook(wide_columns(study, filters)))
    if file is File.LONG:
        return Export(name, [c.name for c in LONG], long_rows(study, filters, by))
    columns = wide_columns(study, filters)
    return Export(name, [c.name for c in columns], wide_rows(study, filters, by))


def _require_known(study: Study, filters: Filters) -> None:
    """A mistyped code would otherwise make an empty file that looks like an answer."""
    known = {
        "site": (filters.sites, study.sites.values_list("code", flat=True)),
        "arm": (filters.arms, study.arms.values_list("code", flat=True)),
        "visit": (filters.visits, study.visit_definitions.values_list("code", flat=True)),
        "condition": (filters.conditions, study.conditions.values_list("code", flat=True)),
    }
    for noun, (given, codes) in known.items():
        unknown = sorted(set(given) - set(codes))
        if unknown:
            raise Invalid(
                f"{study.code} has no {noun} {', '.join(unknown)}. Nothing was exported; "
                f"it has {', '.join(codes) or 'none'}."
            )


def count_rows(study: Study, filters: Filters, by: User) -> dict[str, int]:
    """How many rows each file would have, for the page."""
    visits = Visit.objects.visible_to(by, Permission.EXPORT).filter(
        filters.of_visits(""), participant__study=study
    )
    scores = scores_of(study, filters, by)
    if filters.current_only:
        scores = current_scores(scores)
    photos = Photo.objects.visible_to(by, Permission.EXPORT).filter(
        filters.of_visits("visit__"),
        filters.of_photos("", ZoneInfo(study.time_zone)),
        visit__participant__study=study,
        state=Photo.State.ACCEPTED,
    )
    return {"long": scores.count(), "wide": visits.count(), "photos": photos.count()}
