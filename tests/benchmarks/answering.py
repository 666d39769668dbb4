"""A form of many questions judged many times: what the server takes for each submission.

    python -m tests.benchmarks.answering
        [--questions 30 500] [--submissions 10000 200] [--write-docs]

A form of 30 questions, as questionnaires are, and one of 500, with every kind of logic: each fifth
question is skipped by the one before, each tenth is a score of those before it, half have a
constraint. Every submission is other true answers, judged as the server judges what a phone sends,
by one warm engine. Prints median and 95th percentile, the
first of all (which loads the form), and the median against a form of 10 questions. Times are of the
clock, on a machine that others use as well; beside them stands what each took of the processors,
Python's and the engine's. ``--write-docs`` puts them into ``docs/benchmarks.md``; what the same
form takes on the phone is ``tests.benchmarks.answering_phone``.
"""

import argparse
import os
import random
import time
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Final
from zoneinfo import ZoneInfo

from studies.instruments.answers import instance_of
from studies.instruments.definition import Choice, Definition, Item
from studies.instruments.engine import close_engine, evaluate
from studies.instruments.judging import judge
from studies.instruments.reading.writing import xform_of
from tests.benchmarks.marked import busy, write_between
from tests.stack import ROOT

AT: Final = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Asia/Singapore"))
ZONE: Final = "Asia/Singapore"
LANGUAGE: Final = "default"
DIFFERENT: Final = 20  # sets of true answers; each is completed by the engine once


def form_of(questions: int) -> Definition:
    """A form of so many questions, in groups of fifty."""
    groups = []
    for first in range(0, questions, 50):
        last = min(first + 50, questions)
        inside = [_question(number) for number in range(first, last)]
        label = {LANGUAGE: f"Part {first // 50 + 1}"}
        groups.append(Item(kind="group", name=f"part_{first}", labels=label, items=inside))
    return Definition(
        form_id="long",
        title="Long",
        version="1",
        items=groups,
        lists={"much": [Choice(name=str(n), labels={LANGUAGE: str(n)}) for n in range(5)]},
    )


def _question(number: int) -> Item:
    name, label = f"q{number}", {LANGUAGE: f"Question {number}"}
    if number % 10 == 9:
        terms = [f"coalesce(${{q{one}}}, 0)" for one in range(number - 9, number) if one % 10 != 4]
        return Item(name=name, type="calculate", calculation=" + ".join(terms))
    skipped = f"${{q{number - 1}}} > 2" if number % 5 == 4 else ""
    if number % 2:
        return Item(
            name=name,
            type="integer",
            labels=label,
            relevant=skipped,
            constraint=". >= 0 and . < 100",
        )
    return Item(name=name, type="select_one", labels=label, relevant=skipped, choices="much")


def true_answers(form: Definition, xform: str, rng: random.Random) -> str:
    """A complete submission as the engine writes it, from answers chosen at random."""
    values = {
        f"/data/{group.name}/{item.name}": str(rng.randint(0, 4))
        for group in form.items
        for item in group.items
        if item.type != "calculate"
    }
    instance = instance_of(form, values, repeats=(), at=AT)
    return evaluate(xform, instance=instance, at=AT, zone=ZONE).xml


def processor() -> float:
    """Seconds of processors that this process and the engines it holds, or held, have used."""
    ticks, ended = os.sysconf("SC_CLK_TCK"), os.times()
    used = time.process_time() + ended.children_user + ended.children_system
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) / ticks
    return used


def measure(questions: int, submissions: int) -> tuple[float, list[float], float]:
    """Seconds of the first judgement, of each after it, and of processors for each, on average."""
    form = form_of(questions)
    xform = xform_of(form)
    rng = random.Random(1)
    kinds = min(DIFFERENT, submissions)
    sent = [true_answers(form, xform, rng) for _number in range(kinds)]
    close_engine()
    took, used = [], 0.0
    for number in range(submissions + 1):
        used = used if number != 1 else processor()
        begun = time.perf_counter()
        judged = judge(form, xform, sent[number % kinds], at=AT, zone=ZONE)
        took.append(time.perf_counter() - begun)
        if not judged.accepted:
            raise SystemExit(f"A true submission was refused: {judged.problems[:3]}")
    return took[0], took[1:], (processor() - used) / submissions


HEADS: Final = (
    "questions", "submissions", "first, with the engine started", "median", "95 %",
    "of processors, mean", "95 % / median", "median / median of 10 questions",
)  # fmt: skip


def row(questions: int, submissions: int, *, short: float) -> str:
    """A row of the table; ``short`` is the median in seconds for a form of 10 questions."""
    first, took, used = measure(questions, submissions)
    late = quantiles(took, n=20)[-1] if len(took) > 1 else took[0]
    middle = median(took)
    cells = (
        f"{questions}", f"{submissions:,}", f"{first:.1f} s", f"{middle * 1000:.0f} ms",
        f"{late * 1000:.0f} ms", f"{used * 1000:.0f} ms", f"{late / middle:.2f}",
        f"{middle / short:.1f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.answering")
    parser.add_argument("--questions", type=int, nargs="+", default=[30, 500])
    parser.add_argument("--submissions", type=int, nargs="+", default=[10_000, 200])
    parser.add_argument("--write-docs", action="store_true")
    given = parser.parse_args()
    about = busy()
    short = median(measure(10, 200)[1])
    table = [about, "", f"| {' | '.join(HEADS)} |", f"|{'---:|' * len(HEADS)}"]
    for questions, submissions in zip(given.questions, given.submissions, strict=True):
        table.append(row(questions, submissions, short=short))
        print(table[-1], flush=True)
    text = "\n".join(table)
    print(text)
    if given.write_docs:
        write_between(ROOT / "docs" / "benchmarks.md", "answering", text)
    close_engine()


if __name__ == "__main__":
    import django

    os.environ.setdefault("GSH_ENV", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main()
