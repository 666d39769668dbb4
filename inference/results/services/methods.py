"""How a reading study was done and analysed, in words ready for a paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inference.agreement.choices import FEWEST_PEOPLE, RESAMPLES, SEED
from inference.reading.models import Case, ReadingStudy
from inference.reading.scales import Kind
from inference.results.references import Cited
from inference.results.services.groups import FEWEST_CASES
from inference.results.services.groups import FEWEST_PEOPLE as FEWEST_OF_GROUP
from inference.results.words import number_words
from studies.protocol.models import View, VisitDefinition

Shape = Mapping[str, Any]


@dataclass(frozen=True)
class Methods:
    """Paragraphs, and the papers that they cite by number."""

    paragraphs: list[str]
    references: list[str]


def methods_of(study: ReadingStudy, figures: Shape) -> Methods:
    """Every choice of design and analysis, said in whole sentences."""
    cite = Cited()
    paragraphs = [
        _cases(study, figures),
        _reading(study, figures),
        _scales(figures, cite),
        _agreement(figures, cite),
        _within(figures, cite),
        _network(figures, cite),
        _reported(cite),
    ]
    return Methods([text for text in paragraphs if text], cite.papers)


def counted(number: int, one: str, many: str = "") -> str:
    """“1 case”, “2 cases”."""
    return f"{number_words(number)} {one if number == 1 else many or f'{one}s'}"


def listed(names: list[str]) -> str:
    """“a, b and c”."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def chosen_photos(study: ReadingStudy) -> str:
    """Which photos could be drawn, and how they were."""
    views = [View(view).label.lower() for view in study.views] or ["every view"]
    names = dict(VisitDefinition.objects.filter(study=study.study_id).values_list("code", "name"))
    visits = [names.get(visit, visit) for visit in study.visits] or ["every visit"]
    what = f"Accepted photographs of {listed(views)} at {listed(visits)} could be chosen"
    if study.sample is None:
        how = "all of them became cases"
    elif study.strata:
        edges = study.strata.get("edges") or [20, 40, 60]
        bounds = listed([number_words(float(edge), digits=0) for edge in edges])
        how = (
            f"{counted(study.sample, 'case')} were drawn at random, as many as there were from "
            f"each class of the network's severity of {study.strata['condition']} (bounds "
            f"{bounds}), so that what is rare is more frequent than in the study"
        )
    else:
        how = f"{counted(study.sample, 'case')} were drawn at random"
    return f"{what}; {how}."


def _cases(study: ReadingStudy, figures: Shape) -> str:
    locked = (
        f" {counted(figures['locked'], 'case')} of participants whose data are locked were left "
        "out of the analysis."
        if figures["locked"]
        else ""
    )
    pairs = (
        " Each case shows two visits of one participant side by side, in an order drawn at random."
        if study.shown == ReadingStudy.Shown.PAIRS
        else ""
    )
    return (
        f"{chosen_photos(study)} The analysis holds {counted(figures['cases'], 'case')} of "
        f"{counted(figures['people'], 'participant')}.{pairs}{locked}"
    )


def _reading(study: ReadingStudy, figures: Shape) -> str:
    before = []
    for use, said in ((Case.Use.TRAINING, "training"), (Case.Use.CALIBRATION, "calibration")):
        number = study.cases.filter(use=use).count()
        if number:
            before.append(f"{counted(number, f'{said} case')}")
    prepared = f" They began with {listed(before)} of other participants." if before else ""
    if study.calibration_needs:
        prepared += (
            f" Reading began once {study.calibration_needs} % of the calibration cases were graded "
            "within one step of what was expected."
        )
    bright = (
        "brightness and contrast could be changed, which was recorded"
        if study.brightness
        else "brightness and contrast could not be changed"
    )
    return (
        f"{counted(len(figures['readers']), 'reader')} graded independently and blind: without "
        "code, date, order of visits, site, arm, score of a network or grade of another reader. "
        f"Every picture had the same size and no tags; {bright}. Each reader had the cases in a "
        f"random order of their own, drawn when reading opened.{prepared} "
        f"{repeats_words(study)} A grade could be taken back until the next one was given, and "
        f"not changed afterwards. Time at work leaves out pauses longer than "
        f"{counted(study.idle_seconds, 'second')}."
    )


def repeats_words(study: ReadingStudy) -> str:
    """How many cases came a second time."""
    if not study.repeats_percent:
        return "No case came a second time, so a reader's own repeatability is not known."
    return (
        f"{study.repeats_percent} % of the cases came a second time, at least "
        f"{counted(study.repeat_distance, 'case')} after the first, without a sign of it."
    )


def _scales(figures: Shape, cite: Cited) -> str:
    sentences = []
    for scale in figures["scales"]:
        kind = Kind(scale["kind"])
        of = f" ({cite(scale['kind'])})" if kind in {Kind.MASI, Kind.MMASI, Kind.EASI} else ""
        grades = f": {', '.join(scale['grades'])}" if scale["grades"] else ""
        sentences.append(f"{scale['title']} was graded as {kind.label}{grades}{of}.")
        beyond = scale["adjudicated"]["beyond"]
        if beyond is not None:
            sentences.append(
                f"Where readers differed by more than {beyond:g}, or only some could read the "
                "photograph, an adjudicator decided without seeing who had given which grade "
                f"({counted(scale['adjudicated']['decided'], 'case')})."
            )
    sentences.append(
        "The consensus is the adjudicator's decision where there is one, and otherwise the median "
        "of the readers, of an even number the lower of the middle two."
    )
    return " ".join(sentences)


def _agreement(figures: Shape, cite: Cited) -> str:
    kinds = {Kind(scale["kind"]) for scale in figures["scales"]}
    primary = listed(
        [f"{scale['primary_label']} for {scale['title']}" for scale in figures["scales"]]
    )
    text = [f"The primary coefficient, fixed before reading opened, is {primary}."]
    if Kind.GRADES in kinds:
        text.append(
            f"Grades: Cohen's kappa without weights, with linear and with quadratic weights "
            f"{cite('cohen')}, of more than two readers as the mean over all pairs "
            f"{cite('light')}; Fleiss' kappa {cite('fleiss')}; Krippendorff's alpha with the "
            f"ordinal metric {cite('krippendorff')}; Gwet's AC1 and AC2 {cite('gwet')}; and the "
            "share of pairs of readers with equal grades and within one step."
        )
    if kinds - {Kind.GRADES}:
        text.append(
            "Lines, counts and scores: Krippendorff's alpha with the interval metric "
            f"{cite('krippendorff')}, and Bland-Altman limits of agreement (mean difference ± 1.96 "
            f"standard deviations) of each two readers {cite('bland')}."
        )
    text.append(
        f"Intraclass correlations are those of Shrout and Fleiss {cite('shrout')}, over cases that "
        "all readers graded; a reader who graded less than half as many cases as the one who "
        "graded most is left out of them. All other coefficients take cases with two readers or "
        "more. What readers found unreadable counts as not graded."
    )
    text.append(
        "Intervals are of 95 %, bias-corrected and accelerated, from "
        f"{number_words(RESAMPLES)} bootstrap samples of whole participants, since photographs of "
        f"one person resemble each other {cite('efron')} (seed {SEED}). Where every case is "
        "another participant's, those of intraclass correlations follow the F distribution "
        f"{cite('mcgraw')} and those of limits of agreement Student's t. None is given for fewer "
        f"than {FEWEST_PEOPLE} participants. A coefficient is not defined where all grades are "
        "equal. In groups it is given from "
        f"{counted(FEWEST_CASES, 'case')} of {counted(FEWEST_OF_GROUP, 'participant')} on; groups "
        "were not tested against each other."
    )
    return " ".join(text)


def _within(figures: Shape, cite: Cited) -> str:
    repeats = any(reader["repeats"] for reader in figures["readers"])
    said = (
        "Repeatability within a reader is the standard deviation √(Σd²/2n) of cases read twice, "
        f"and the smallest change beyond noise is 1.96·√2 of it {cite('repeat')}. "
        if repeats
        else ""
    )
    return (
        f"{said}Drift is the slope of the difference between a reader's grade and the consensus of "
        "the other readers over the place in the reader's order, per hundred cases."
    )


def _network(figures: Shape, cite: Cited) -> str:
    held = [scale for scale in figures["scales"] if scale["network"].get("scored")]
    if not held:
        return ""
    first = held[0]["network"]
    maps = " ".join(dict.fromkeys(scale["network"]["words"] for scale in held))
    demonstrator = (
        " It is a demonstrator trained on generated skin." if first["demonstrator"] else ""
    )
    return (
        f"The network is {first['package']} (SHA-256 {first['sha256'][:12]}…).{demonstrator} "
        f"{maps} It is held against the consensus, and, to tell whether it lies within the "
        "readers' own spread, network and each reader in turn are held against the consensus "
        "of all other readers, over the cases that both graded, as Gulshan and colleagues did "
        f"{cite('gulshan')}, with the reader left out of the reference. It is said to lie within "
        "the spread unless the upper end of the interval of the mean difference (network minus "
        "reader) is below 0; that is no proof that they are equally good."
    )


def _reported(cite: Cited) -> str:
    return (
        f"The report follows GRRAS {cite('grras')}. Computed by Global Skin Health; its "
        "coefficients are compared with the published tables of the papers cited."
    )
