"""The report as one HTML fragment, and as a page with its looks inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from inference.pipeline.assessed import CONDITIONS, VIEWS
from inference.report import choices, measured, reads, short, trust, words
from inference.report.html import Safe, el, join, text
from inference.report.parts import Report, para, section

ROOT = Path(__file__).resolve().parents[2]
# What a page that stands alone takes of the app's sheets, in their order.
SHEETS = (
    "tokens",
    "base",
    "components",
    "data",
    "inference/report/report",
    "inference/report/plots",
)

ORDER = {code: k for k, code in enumerate((*CONDITIONS, *VIEWS, "I-II", "III-IV", "V-VI"))}

SECTIONS: tuple[tuple[str, str, Callable[[Report], Safe]], ...] = (
    ("summary", "In short", short.summary),
    ("aims", "Aims", short.aims),
    ("conditions", "Conditions", reads.conditions),
    ("tone", "Skin tone", reads.skin_tone),
    ("camera", "Camera", reads.camera),
    ("baselines", "Baselines", measured.baselines),
    ("calibration", "Calibration", trust.calibration),
    ("intervals", "Intervals", measured.intervals),
    ("repeatability", "Repeatability", trust.repeatability),
    ("refusal", "Refusal", trust.refusal),
    ("step-one", "Step one", choices.step_one),
    ("precision", "int8", choices.precision),
    ("speed", "Speed", choices.speed),
)


def render_fragment(report: Mapping[str, Any]) -> str:
    """Return the report as HTML with classes only: no style, no script.

    It begins with headings of the second level, and needs the sheets of
    `css/inference/report` beside those of every page. Raises KeyError for what is no report (see
    `schema.py`).
    """
    report = in_order(report)
    shown = [make(report) for _, _, make in SECTIONS]
    links = [
        el("li", el("a", title, href=f"#report-{code}"))
        for code, title, _ in (*SECTIONS, ("made", "How it was made", None))
    ]
    contents = el(
        "nav", el("ul", *links, role="list"), class_="report__contents", aria_label="In this report"
    )
    return el("div", contents, *shown, _made(report), class_="report")


def in_order(value: Any) -> Any:
    """Return JSON with conditions, tones and views in their usual order, whatever its store did."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: ORDER.get(key, -1))
        return {key: in_order(value[key]) for key in keys}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def _made(report: Report) -> Safe:
    """How the report came about, so that it can be made again."""
    made, package, card = report["provenance"], report["package"], report["card"]
    machine = made["machine"]
    runtime = made["runtime"]
    facts = [
        ("Package", f"{package['name']} {package['version']}"),
        ("SHA-256 of the package", made["package_sha256"]),
        ("SHA-256 of graph and weights", made["graph_sha256"]),
        ("SHA-256 of the generator's source", made["generator_sha256"]),
        ("Generator of the test photos", ", ".join(report["test"]["generator_sha256"])),
        ("Recipe of step one", package["recipe"]),
        ("Figures on the card", _card_words(card)),
        ("Intervals", (f"{made['bootstrap']['resamples']} resamples of people, percentiles 2.5 and "
                      f"97.5, seed {made['bootstrap']['seed']}")),
        ("Command", made["command"] or words.NONE),
        ("Network run by", f"{runtime['name']} {runtime['version']}, {runtime['provider']}"),
        ("Machine", f"{machine['processor']}, {machine['cores']} cores, {machine['system']}"),
        ("Libraries", (f"Python {machine['python']}, NumPy {machine['numpy']}, OpenCV "
                      f"{machine['opencv']}, onnxruntime {machine['onnxruntime']}")),
    ]  # fmt: skip
    rows = [
        join(el("dt", name), el("dd", value, class_="code--long" if "SHA" in name else None))
        for name, value in facts
    ]
    return section(
        "made", "How it was made",
        para("Figures are of photos, each condition's probabilities pooled over the regions it "
             "is read in, weighted by their area, as when a study's photos are scored. Landmarks "
             "are found by the product's own networks. A condition counts as there when it is "
             "more likely than not; the grade is the median one. The same command on the same "
             "machine gives the same report."),
        el("dl", *rows, class_="report__facts"),
    )  # fmt: skip


def _card_words(card: Mapping[str, Any]) -> str:
    apart = card["largest_difference"]
    if apart is None:
        return "The card gives none to compare."
    same = "the same photos" if card["same_photos"] else f"{card['photos']} other photos"
    return f"Of {same}; the largest difference from this report is {words.number(apart, 4)}."


def render_page(report: Mapping[str, Any]) -> str:
    """Return the report as a page that stands alone: its sheets are inside, it loads nothing.

    Raises FileNotFoundError where the app's sheets are missing.
    """
    package = report["package"]
    title = f"Evaluation of {package['name']} {package['version']}"
    sheets = "\n".join(
        _without_fonts((ROOT / "static" / "css" / f"{name}.css").read_text(encoding="utf-8"))
        for name in SHEETS
    )
    kind = "Demonstrator: trained on generated skin; not for clinical use"
    head = el(
        "header",
        el("p", "Global Skin Health", class_="report-page__brand"),
        el("h1", title),
        el("p", package["title"], class_="report__lead"),
        el("p", el("span", kind, class_="badge badge--warn")) if package["demonstrator"] else None,
        class_="report-page__head",
    )
    body = el("main", head, Safe(render_fragment(report)), class_="report-page")
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>\n{sheets}\n</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _without_fonts(sheet: str) -> str:
    """Leave out fonts that lie in other files: a page that stands alone uses the machine's own."""
    kept, at = [], 0
    while (start := sheet.find("@font-face", at)) >= 0:
        kept.append(sheet[at:start])
        at = sheet.index("}", start) + 1
    return "".join([*kept, sheet[at:]])
