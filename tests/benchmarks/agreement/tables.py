"""The figures of phone against server, as docs/phone/agreement.md tells them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

# Measures that both take, with the words of the table.
CHECKS = {
    "faces": "a face is found",
    "other_face": "one face only",
    "inter_eye": "distance (pixels between the eyes)",
    "face_height": "distance (share of the picture)",
    "cut_off": "position (whole face in the picture)",
    "yaw_off": "turn of the head",
    "pitch_off": "chin up or down",
    "roll_off": "tilt",
    "brightest": "too dark",
    "overexposed": "too bright",
    "underexposed": "lost in shadow",
    "unevenness": "uneven light",
    "colour_cast": "coloured light",
    "blur": "blur",
    "motion": "motion",
    "noise": "grain",
}
Found = dict[str, Any]


def written(found: Sequence[Found]) -> str:
    """The page, in Markdown."""
    report = [one for one in found if one["part"] == "report" and one["kind"] != "unseen"]
    tuned = [one for one in found if one["part"] == "tune"]
    unseen = [one for one in found if one["kind"] == "unseen"]
    return "\n".join(
        [
            HEAD.format(
                total=len(report) + len(tuned),
                report=len(report),
                tuned=len(tuned),
                generated=sum(one["kind"] == "generated" for one in report),
                real=sum(one["kind"] == "real" for one in report),
            ),
            "## Overall, on the part that was not for tuning",
            "",
            *_overall(report),
            "",
            "## By kind of face",
            "",
            *_kinds(report),
            "",
            "## Check by check",
            "",
            CHECKED,
            "",
            *_checks(report),
            "",
            "## How far the two measure apart",
            "",
            *_apart(report),
            "",
            "## What the phone called good and the server refused",
            "",
            *_misses(report),
            "",
            "## What the phone does not look for",
            "",
            *_unseen(unseen),
            "",
            "## The same on the part for tuning, with what disagreed",
            "",
            *_overall(tuned),
            "",
            *_misses(tuned),
            "",
        ]
    )


HEAD = """# Does the server accept what the phone accepts?

Made by `GSH_ENV=test python -m tests.benchmarks.agreement --write-docs`; the numbers are measured,
not chosen. The phone's own scripts run in Chromium with the landmark engine and judge the still,
as in the preview; the server's `assess_quality` judges the same JPEG. Profile: `normal`.

{total} photos of 960 × 1280 px: twelve generated people of all six skin types (three good views and
nine faults, from slight to gross), and one real public-domain face (Eileen Collins, NASA) with nine
disturbances in six strengths. Many are spoilt just about as far as the refusing line on purpose, so
the shares below are those of hard cases, not of a clinic's week.

The phone doubts a photo a little before the server would refuse it: by a margin for each check, a
share of the way from the refusing to the warning line
(`static/js/participants/capture/camera/gates.js`). The margins
were set beforehand; {tuned} of the photos were there to tune them on, and gave no reason to (last
table). The figures are for the other {report} ({generated} generated, {real} real): other people,
other strengths.

What this cannot show: one real face, no real phone's camera, no hair, glasses or beards but those
of the generator.
"""


CHECKED = (
    "“Refuse” on the server is a measure beyond the study's refusing line; on the phone it is a "
    "doubt, told in the preview before the photo is kept."
)


def _phone_good(one: Found) -> bool:
    return not one["phone"]["reasons"]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f}%)" if whole else "none"


def _overall(found: Sequence[Found]) -> list[str]:
    both = Counter((_phone_good(one), bool(one["server"]["accepted"])) for one in found)
    good = both[True, True] + both[True, False]
    missed, doubted = both[True, False], both[False, True]
    told = (
        f"The phone said good and the server refused: **{_share(missed, len(found))}** of all "
        f"photos, {_share(missed, good)} of those the phone called good. The phone doubted what "
        f"the server accepts: {_share(doubted, len(found))}; such a photo can be kept all the same."
    )
    return [
        "| | server accepts | server refuses |",
        "|---|---|---|",
        f"| phone says good | {both[True, True]} | **{both[True, False]}** |",
        f"| phone doubts | {both[False, True]} | {both[False, False]} |",
        "",
        told,
    ]


def _kinds(found: Sequence[Found]) -> list[str]:
    rows = ["| face | photos | phone good, server refused | phone doubts, server accepts |"]
    rows.append("|---|---|---|---|")
    for kind in ("generated", "real"):
        mine = [one for one in found if one["kind"] == kind]
        missed = sum(_phone_good(one) and not one["server"]["accepted"] for one in mine)
        doubted = sum(not _phone_good(one) and one["server"]["accepted"] for one in mine)
        rows.append(f"| {kind} | {len(mine)} | {missed} | {doubted} |")
    return rows


def _outcomes(one: Found, code: str) -> tuple[bool, bool] | None:
    """Whether phone and server find this measure good enough; None where one lacks it."""
    server = next((m for m in one["server"]["measures"] if m["code"] == code), None)
    value = one["phone"]["values"].get(code)
    if server is None or value is None or server["value"] is None:
        return None
    return code not in one["phone"]["failing"], server["outcome"] != "reject"


def _checks(found: Sequence[Found]) -> list[str]:
    rows = [
        "| check | both accept | phone only | server only | both refuse |",
        "|---|---|---|---|---|",
    ]
    for code, words in CHECKS.items():
        both = Counter(outcome for one in found if (outcome := _outcomes(one, code)) is not None)
        numbers = [both[True, True], both[True, False], both[False, True], both[False, False]]
        rows.append(f"| {words} | " + " | ".join(map(str, numbers)) + " |")
    return rows


def _apart(found: Sequence[Found]) -> list[str]:
    rows = ["| measure | median difference | 95% of photos within |", "|---|---|---|"]
    for code in CHECKS:
        apart = sorted(_differences(found, code))
        if apart and code != "faces":
            middle, most = apart[len(apart) // 2], apart[int(0.95 * (len(apart) - 1))]
            rows.append(f"| `{code}` | {middle:.2f} | {most:.2f} |")
    return rows


def _differences(found: Iterable[Found], code: str) -> Iterable[float]:
    for one in found:
        server = next((m for m in one["server"]["measures"] if m["code"] == code), None)
        value = one["phone"]["values"].get(code)
        if server and server["value"] is not None and value is not None:
            yield abs(server["value"] - value)


def _misses(found: Sequence[Found]) -> list[str]:
    rows = [
        f"- `{one['name']}`: "
        + ", ".join(
            f"{m['code']} {m['value']:.2f} (refused beyond {m['reject']}; the phone measured "
            f"{_told(one['phone']['values'].get(m['code']))})"
            for m in one["server"]["measures"]
            if m["outcome"] == "reject"
        )
        for one in found
        if _phone_good(one) and not one["server"]["accepted"]
    ]
    return rows or ["None."]


def _told(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.2f}"


def _unseen(found: Sequence[Found]) -> list[str]:
    missed = [one["name"] for one in found if _phone_good(one) and not one["server"]["accepted"]]
    names = ", ".join(f"`{name}`" for name in missed) or "none"
    words = (
        "Beauty filters, black and white, drawings, photos of screens, covered faces, dark glasses "
        "and closed eyes are judged by the server alone; they do not count above. Of "
        f"{len(found)} such photos of the real face, the phone called good and the server refused "
        f"{len(missed)}: {names}. Their retake comes with its reason and a drawing."
    )
    return [words]
