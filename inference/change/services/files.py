"""Files of change over time: the figures, everybody's changes, and the codebook of both."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from inference.change.codebook import COLUMNS, HEADER, codebook
from inference.change.services.over_time import OverTime, over_time, verdict_of
from inference.change.services.reading import Asked
from inference.change.services.subjects import REASONS, Column, Subject
from studies.access.permissions import Permission
from studies.platform.csv_files import csv_lines
from studies.protocol.models import Study
from studies.protocol.services.rights import may_anywhere, require
from studies.record import services as audit


class File(StrEnum):
    """What can be taken out."""

    FIGURES = "figures"
    PEOPLE = "people"
    CODEBOOK = "codebook"


def take_out(*, asked: Asked, file: File) -> Iterator[bytes]:
    """One file as CSV, of the people whose data the user may export; the act is recorded first.

    Raises:
        NotAllowed: they may export nothing in this study, or ask by arm and may not know arms.
    """
    study, by = asked.study, asked.user
    if not may_anywhere(by, Permission.EXPORT, study=study):
        require(by, Permission.EXPORT, study=study)
    found = over_time(asked)
    audit.record(
        by=by,
        action="export.create",
        target=study,
        study=study.code,
        new={"file": f"change {file.value}", **_told(asked)},
    )
    if file is File.CODEBOOK:
        return csv_lines(HEADER, codebook())
    rows = _people(found) if file is File.PEOPLE else _figures(found)
    return csv_lines(COLUMNS[file.value], rows)


def record_look(asked: Asked) -> None:
    """Arms of a blinded study were compared while it is blinded: who looked, at what, and when."""
    if asked.by_arm and asked.study.is_blinded:
        audit.record(
            by=asked.user,
            action="change.view_by_arm",
            target=asked.study,
            study=asked.study.code,
            new=_told(asked),
        )


def _told(asked: Asked) -> dict[str, Any]:
    return {
        "condition": asked.condition,
        "region": asked.region,
        "view": asked.view,
        "by_arm": asked.by_arm,
    }


# --- Rows --------------------------------------------------------------------------------------


def _figures(found: OverTime) -> Iterator[tuple[Any, ...]]:
    """Each figure as a row, in the order of the page."""
    yield from _means(found)
    yield from _adjusted(found)
    for response in found.responses:
        at = (response.group, response.visit)
        for name, share in (
            ("lower_than_noise", response.shares["improved"]),
            ("higher_than_noise", response.shares["worsened"]),
        ):
            yield _row(found, *at, name, share.of, (share.value, share.low, share.high))
        if response.apart:
            told = (*at, "lower_difference", response.number, response.apart)
            yield _row(found, *told, against=found.against)
    for gap in found.missing:
        for code in REASONS:
            yield _row(found, gap.group, gap.visit, f"without_{code}", gap.reasons.get(code, 0))


_NONE = (None, None, None)


def _row(
    found: OverTime,
    group: str,
    visit: Column,
    figure: str,
    n: int,
    ends: tuple[float | None, float | None, float | None] = _NONE,  # value, low, high
    *,
    sd: float | None = None,
    p: float | None = None,
    against: str = "",
    note: str = "",
) -> tuple[Any, ...]:
    asked = found.series.asked
    of = (asked.study.code, asked.condition, asked.region, asked.view, group, visit.code, visit.day)
    return (*of, figure, n, *ends, sd, p, against, note, found.series.demonstrator)


def _means(found: OverTime) -> Iterator[tuple[Any, ...]]:
    first = found.series.first
    for line in found.lines:
        told = [(first, "baseline", line.baseline)] if first else []
        for visit, name, mean in [*told, *((v, "mean_change", m) for v, m in line.means)]:
            ends = (mean.value, mean.low, mean.high)
            yield _row(found, line.group, visit, name, mean.n, ends, sd=mean.sd, note=mean.why)
            if mean.quartiles and name == "mean_change":
                ends = (mean.median, *mean.quartiles)
                yield _row(found, line.group, visit, "median_change", mean.n, ends)


def _adjusted(found: OverTime) -> Iterator[tuple[Any, ...]]:
    for visit, one in found.adjusted:
        for group, figure in one.means.items():
            n = one.counts[group]
            yield _row(found, group, visit, "adjusted_change", n, figure.ends, sd=one.sd)
        for group, figure in one.differences.items():
            told = (group, visit, "adjusted_difference", one.n, figure.ends)
            yield _row(found, *told, p=figure.p, against=one.against)
        if one.slope:
            told = ("", visit, "baseline_slope", one.n, one.slope.ends)
            yield _row(found, *told, p=one.slope.p)
        if one.why:
            yield _row(found, "", visit, "adjusted_change", one.n, note=one.why)


def _people(found: OverTime) -> Iterator[tuple[Any, ...]]:
    series = found.series
    asked, models = series.asked, {package.pk: package for package in series.packages}
    for subject in series.subjects:
        stratum = ";".join(f"{name}={level}" for name, level in subject.strata.items())
        who = (asked.study.code, subject.site, subject.code, subject.group, *subject.cell, stratum)
        for visit in series.columns:
            package = models.get(subject.packages.get(visit.code, 0))
            yield (
                *who,
                visit.code,
                visit.day,
                asked.condition,
                asked.region,
                asked.view,
                subject.severities.get(series.columns[0].code),
                subject.severities.get(visit.code),
                *_change(found, subject, visit),
                str(package) if package else "",
                package.demonstrator if package else None,
            )


def _change(found: OverTime, subject: Subject, visit: Column) -> tuple[Any, ...]:
    series = found.series
    if visit is series.columns[0]:
        return None, subject.smallest, "", subject.reasons.get(visit.code, "")
    change = subject.change(visit.code, series.columns[0].code)
    verdict = verdict_of(series, subject, visit.code) or ""
    return change, subject.smallest, verdict, subject.reasons.get(visit.code, "")


def file_name_of(study: Study, file: File) -> str:
    """How the file is named where it is kept."""
    return f"{study.code}-change-{file.value}.csv"
