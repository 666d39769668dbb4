"""Reading an allocation list made elsewhere: CSV as REDCap takes it, with a report by line.

A line is one place of the list, in the order of the file. Columns: the arm
(``redcap_randomization_group`` or ``arm``), and as the study needs them the site
(``redcap_data_access_group`` or ``site``), a kit (``redcap_randomization_number`` or ``kit``), and
any of sex, ethnicity, age, fitzpatrick, monk_tone with the level as its value.
"""

import csv
import io
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from studies.platform.csv_files import read_cell
from studies.randomisation.errors import ListUnreadable
from studies.randomisation.factors import (
    ETHNICITIES,
    LABELS,
    RANGES,
    SEXES,
    Factor,
    NoLevel,
    all_strata,
    bounds,
    in_words,
    key,
    overlap,
)

MOST_BYTES = 4 * 2**20
MOST_ROWS = 20_000
MOST_STRATA = 500
MOST_KIT = 40  # characters, as JSON writes them: rows are of one sealed length
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "arm": ("redcap_randomization_group", "arm", "group", "treatment"),
    "site": ("redcap_data_access_group", "site", "dag"),
    "kit": ("redcap_randomization_number", "kit", "kit_number"),
    "sex": ("sex",),
    "ethnicity": ("ethnicity",),
    "age": ("age",),
    "fitzpatrick": ("fitzpatrick", "fitzpatrick_type"),
    "monk_tone": ("monk_tone", "monk"),
}
_KNOWN = {name: column for column, names in COLUMNS.items() for name in names}


@dataclass(frozen=True)
class Place:
    """A line that was understood."""

    stratum: str
    arm: str
    kit: str


@dataclass
class ListReport:
    """What became of a list. ``problems`` are line numbers with their sentences, 0: the whole."""

    factors: list[Factor] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    with_kits: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """Rows by stratum, in the order of the file."""
        counts: dict[str, int] = {}
        for place in self.places:
            counts[place.stratum] = counts.get(place.stratum, 0) + 1
        return counts


def read_allocations(
    content: bytes, *, arms: Collection[str], sites: Collection[str]
) -> ListReport:
    """Read ``content`` for a study with these codes of arms and sites.

    UTF-8 or UTF-16 with a mark, else Windows-1252; commas, semicolons or tabs.

    Raises:
        ListUnreadable: no CSV, too large, or without a column of arms.
    """
    rows = _rows(content)
    header = [_KNOWN.get(name.strip().lower().replace(" ", "_"), "") for name in rows[0]]
    unknown = [name for name, known in zip(rows[0], header, strict=True) if name and not known]
    if "arm" not in header:
        raise ListUnreadable(
            "The first line has no column redcap_randomization_group (or arm), which says what "
            "each place gives."
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise ListUnreadable(f"Two columns mean the same: {', '.join(twice)}. Take one away.")
    report = ListReport(with_kits="kit" in header)
    if unknown:
        report.notes.append(f"Not read: {', '.join(unknown)}.")
    read = [
        (number, {name: read_cell(cell.strip()) for name, cell in zip(header, row, strict=False)})
        for number, row in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in row)
    ]
    if not read:
        raise ListUnreadable("The list has a header and no lines.")
    if len(read) > MOST_ROWS:
        raise ListUnreadable(f"The list has {len(read):,} lines; {MOST_ROWS:,} are the most.")
    _places(report, header, read, arms, sites)
    return report


def _rows(content: bytes) -> list[list[str]]:
    if len(content) > MOST_BYTES:
        raise ListUnreadable(f"The file is larger than {MOST_BYTES // 2**20} MB.")
    if content[:4] == b"PK\x03\x04":
        raise ListUnreadable("This is a workbook. In the spreadsheet, save it as CSV.")
    text = _decoded(content)
    if "\0" in text or not text.strip():
        raise ListUnreadable("This is no text file, or an empty one. Save the list as CSV.")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ListUnreadable(f"The file is no CSV: {error}.") from error


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        with suppress(UnicodeDecodeError):
            return content.decode("utf-16")
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig")
    return content.decode("cp1252", errors="replace")


def _places(
    report: ListReport,
    header: list[str],
    read: list[tuple[int, dict[str, str]]],
    arms: Collection[str],
    sites: Collection[str],
) -> None:
    names = [name for name in header if name in LABELS]
    known_arms = {code.lower(): code for code in arms}
    known_sites = {code.lower(): code for code in sites}
    levels: dict[str, dict[str, None]] = {name: {} for name in names}
    kits: dict[str, int] = {}
    for number, cells in read:
        problems = []
        arm = known_arms.get(cells.get("arm", "").lower())
        if arm is None:
            problems.append(f"“{cells.get('arm', '')}” is no arm; there are {_listed(arms)}.")
        here: dict[str, str] = {}
        for name in names:
            try:
                here[name] = _level(name, cells.get(name, ""), known_sites)
            except NoLevel as wrong:
                problems.append(f"{wrong}.")
        kit = cells.get("kit", "")
        if report.with_kits and not 0 < len(json.dumps(kit)) - 2 <= MOST_KIT:
            problems.append(f"The kit has no number, or one longer than {MOST_KIT} characters.")
        elif kit and kit in kits:
            problems.append(f"Kit {kit} stands in line {kits[kit]} already.")
        kits.setdefault(kit, number)
        if problems or arm is None:
            report.problems += [(number, said) for said in problems]
            continue
        for name, level in here.items():
            levels[name][level] = None
        report.places.append(Place(key(here), arm, kit))
    report.factors = [
        Factor(name, tuple(sites) if name == "site" else tuple(levels[name])) for name in names
    ]
    _whole(report, arms)


def _whole(report: ListReport, arms: Collection[str]) -> None:
    """What is wrong with the list as a whole: missing strata, an arm without a place."""
    for factor in report.factors:
        if overlap(factor):
            report.problems.append((0, f"Levels of {LABELS[factor.name].lower()} overlap."))
    strata = all_strata(report.factors)
    if len(strata) > MOST_STRATA:
        report.problems.append((0, f"The list has {len(strata)} strata; {MOST_STRATA} at most."))
        return
    counts = report.counts
    missing = [stratum for stratum in strata if stratum not in counts]
    report.problems += [(0, f"No line is for the stratum {in_words(name)}.") for name in missing]
    given = {place.arm for place in report.places}
    if report.places and set(arms) - given:
        report.problems.append((0, f"No line gives {_listed(sorted(set(arms) - given))}."))


def _level(name: str, cell: str, sites: Mapping[str, str]) -> str:
    if name == "site":
        if cell.lower() not in sites:
            raise NoLevel(f"“{cell}” is no site of the study")
        return sites[cell.lower()]
    if name in RANGES:
        bounds(name, cell)
        return cell.strip().replace("–", "-").replace(" ", "")
    known = SEXES if name == "sex" else ETHNICITIES
    if cell.lower() not in known:
        raise NoLevel(f"{LABELS[name]} is one of {', '.join(known)}, not “{cell}”")
    return cell.lower()


def _listed(codes: Collection[str]) -> str:
    return ", ".join(codes) or "none"
