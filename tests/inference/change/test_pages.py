"""The page of change over time, its figures and files, and the script for R."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from statistics import fmean

import pytest
from django.test import Client
from django.urls import reverse
from scipy import stats

from inference.change.codebook import COLUMNS
from inference.change.figures.ancova import SMALL
from inference.change.mmrm import READS, script
from inference.change.services.over_time import over_time
from inference.change.services.reading import Asked
from inference.change.services.subjects import Column
from inference.exports.closed_sets import study_sets
from inference.exports.columns import long_columns
from participants.people.models import Participant
from studies.access.models import User
from studies.protocol.models import VisitDefinition
from studies.randomisation.factors import Factor
from studies.record.models import AuditEvent
from tests.inference.change.changing import Changing
from tests.participants.allocation.given import blinded, person

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PAGE = "/studies/MEL-8/change/"


def page(client: Client, asked: str = "") -> str:
    answer = client.get(PAGE + asked)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def rows(client: Client, file: str, asked: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{PAGE}{file}.csv{asked}")
    assert answer.status_code == 200, answer.content
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


# --- The page ----------------------------------------------------------------------------------


def test_the_page_says_each_figure_with_its_number(trial: Changing, as_person: SignIn) -> None:
    shown = page(as_person(trial.team.chandra))
    assert "Melasma: whole face, front view" in shown
    assert re.search(r"Week 4 <span[^>]*>day 28</span></th><td[^>]*>24</td>", shown)
    changes = [k % 5 - (12.0 if k % 2 else 0.5) for k in range(24)]
    low, high = stats.t.interval(0.95, 23, fmean(changes), stats.sem(changes))
    assert f"{fmean(changes):.1f} ({low:.1f} to {high:.1f})".replace("-", "−") in shown
    assert "Not fitted" not in shown
    assert "24 people are in the analysis." in shown
    assert "SG01-0002" in shown
    assert "Demonstrator: trained on generated skin; not for clinical use" in shown
    assert shown.count('<svg class="change__svg"') == 4
    assert 'aria-current="page"' in shown


def test_by_arm_is_a_choice_and_names_arms(trial: Changing, as_person: SignIn) -> None:
    client = as_person(trial.team.chandra)
    assert "Shade arm" not in page(client).replace('<option value="SHADE">', "")
    shown = page(client, "?groups=arm&against=SUN")
    assert "Less that of Sun arm" in shown
    assert "The study goes on." in shown
    assert shown.count('<svg class="change__svg"') == 6


def test_the_blind_are_refused_arms_and_offered_none(trial: Changing, as_person: SignIn) -> None:
    blinded(trial.team.study)
    client = as_person(trial.team.chandra)
    shown = page(client)
    assert 'name="groups"' not in shown
    assert "All arms are taken together, since the study is blinded." in shown
    for path in (PAGE, f"{PAGE}means.svg", f"{PAGE}people.csv"):
        answer = client.get(f"{path}?groups=arm")
        assert answer.status_code == 403
        assert "Shade" not in answer.content.decode()
    assert not AuditEvent.objects.filter(action="change.view_by_arm").exists()


def test_who_compares_arms_of_a_blinded_study_is_recorded(
    trial: Changing, as_person: SignIn
) -> None:
    client = as_person(person(trial.team.study, "statistician", "Stella"))
    page(client, "?groups=arm")
    assert not AuditEvent.objects.filter(action="change.view_by_arm").exists()
    blinded(trial.team.study)
    page(client)
    page(client, "?groups=arm")
    event = AuditEvent.objects.get(action="change.view_by_arm")
    assert event.contents.new["condition"] == "melasma"


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        ("nobody", "Nobody is in it yet"),
        ("unscored", "No scores here"),
        ("first", "Nobody has a change yet"),
        ("one_visit", "There is one visit only"),
        ("no_visit", "Nothing can change yet"),
    ],
)
def test_empty_pages_say_why(changing: Changing, as_person: SignIn, fill: str, words: str) -> None:
    if fill in {"unscored", "first", "one_visit"}:
        changing.person({} if fill == "unscored" else {"week-0": 50.0})
    definitions = VisitDefinition.every.filter(study=changing.team.study)
    if fill == "one_visit":
        definitions.exclude(code="week-0").delete()
    if fill == "no_visit":
        definitions.delete()
    assert words in page(as_person(changing.team.dewi))


def test_one_arm_with_people_is_shown_alone(changing: Changing, as_person: SignIn) -> None:
    for k in range(14):
        changing.person({"week-0": 40.0 + k, "week-4": 30.0 + 2 * (k % 5)}, arm=0)
    shown = page(as_person(changing.team.dewi), "?groups=arm&against=SHADE")
    assert "Sun arm" in shown
    assert "Less that of Sun arm" in shown or "Less that of Shade arm" in shown


@pytest.mark.parametrize(
    "asked", ["?condition=nothing", "?region=ear", "?view=back", "?against=X&groups=arm"]
)
def test_what_the_study_has_not_is_refused(
    changing: Changing, as_person: SignIn, asked: str
) -> None:
    answer = as_person(changing.team.dewi).get(PAGE + asked)
    assert answer.status_code == 422
    assert "no such condition" in answer.content.decode()


def test_a_study_without_arms_has_no_groups(changing: Changing, as_person: SignIn) -> None:
    changing.person({"week-0": 50.0, "week-4": 40.0})
    changing.team.study.arms.all().delete()
    client = as_person(changing.team.dewi)
    assert 'name="groups"' not in page(client)
    assert client.get(f"{PAGE}?groups=arm").status_code == 422
    asked = Asked(changing.team.study, changing.team.dewi, "melasma", "face", "front", by_arm=True)
    assert [line.subjects for line in over_time(asked).lines] == [0]


def test_only_who_sees_scores_sees_change(changing: Changing, as_person: SignIn) -> None:
    for role in ("site_investigator", "safety_reader", "pharmacist", "reader", "guest_auditor"):
        client = as_person(person(changing.team.study, role, role.replace("_", "")))
        assert client.get(PAGE).status_code == 403
        assert client.get(f"{PAGE}means.svg").status_code == 403


# --- Figures and files -------------------------------------------------------------------------


def test_a_figure_stands_by_itself(trial: Changing, as_person: SignIn) -> None:
    client = as_person(trial.team.ewa)
    answer = client.get(f"{PAGE}means.svg?groups=arm")
    drawn = answer.content.decode()
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "Demonstrator: trained on generated skin; not for clinical use" in drawn
    assert "<style>" in drawn
    assert str(trial.package) in drawn
    assert "Shade arm" in drawn
    people = client.get(f"{PAGE}people.svg").content.decode()
    assert people.count('class="change__line change__line--improved"') == 12
    assert people.count('class="change__line change__line--') == 24
    assert client.get(f"{PAGE}nothing.svg").status_code == 404


def test_names_are_escaped_in_figures(trial: Changing, as_person: SignIn) -> None:
    trial.team.study.arms.filter(code="SUN").update(name="<script>alert(1)</script>")
    client = as_person(trial.team.dewi)
    for path in (f"{PAGE}means.svg?groups=arm", f"{PAGE}?groups=arm"):
        assert "<script>alert" not in client.get(path).content.decode()


def test_the_files_have_the_columns_of_their_codebook(trial: Changing, as_person: SignIn) -> None:
    client = as_person(trial.team.chandra)
    told = [(row["file"], row["column"]) for row in rows(client, "codebook")]
    for file in ("figures", "people"):
        taken = rows(client, file, "?groups=arm&against=SUN")
        assert list(taken[0]) == list(COLUMNS[file]) == [name for of, name in told if of == file]
    figures = rows(client, "figures", "?groups=arm&against=SUN")
    allowed = COLUMNS["figures"]["figure"][2]
    assert {row["figure"] for row in figures} <= {
        one.partition(" = ")[0] for one in allowed.split(" | ")
    }
    [apart] = [
        row for row in figures if (row["figure"], row["visit"]) == ("adjusted_difference", "week-4")
    ]
    assert (apart["arm"], apart["against"]) == ("SHADE", "SUN")
    assert float(apart["high"]) < -9


def test_everybodys_file_says_why_there_is_no_change(changing: Changing, as_person: SignIn) -> None:
    changing.person({"week-0": 50.0, "week-4": 35.0, "week-8": None})
    told = {row["visit"]: row for row in rows(as_person(changing.team.chandra), "people")}
    assert (told["week-4"]["change"], told["week-4"]["beyond_noise"]) == ("-15", "improved")
    assert (told["week-8"]["change"], told["week-8"]["why_not"]) == ("", "missed")
    assert told["week-0"]["change"] == ""
    event = AuditEvent.objects.get(action="export.create")
    assert event.contents.new["file"] == "change people"


def test_a_monitor_takes_out_figures_and_no_data(trial: Changing, as_person: SignIn) -> None:
    client = as_person(trial.team.ewa)
    assert "Take it out" not in page(client)
    for file in ("figures.csv", "people.csv", "codebook.csv", "mmrm.R"):
        assert client.get(PAGE + file).status_code == 403


# --- The script for R --------------------------------------------------------------------------


def balanced(text: str) -> bool:
    """Whether every bracket of R outside strings and comments is closed, in order."""
    pairs, open_ones = {")": "(", "]": "[", "}": "{"}, []
    for sign in _code(text):
        if sign in pairs.values():
            open_ones.append(sign)
        elif sign in pairs and (not open_ones or open_ones.pop() != pairs[sign]):
            return False
    return not open_ones


def _code(text: str) -> Iterator[str]:
    string = comment = escaped = False
    for sign in text:
        if comment:
            comment = sign != "\n"
        elif string:
            string, escaped = sign != '"' or escaped, sign == "\\" and not escaped
        elif sign == "#":
            comment = True
        elif sign == '"':
            string = True
        else:
            yield sign
    assert not string


def test_the_script_reads_columns_that_the_long_file_has(changing: Changing) -> None:
    known = study_sets(changing.team.study, [])
    columns = {column.name for column in long_columns(known, demographics=True)}
    assert set(READS) <= columns
    factors = [
        Factor("sex", ("female", "male")),
        Factor("ethnicity", ("chinese", "malay")),
        Factor("age", ("18-39", "40-120")),
        Factor("fitzpatrick", ("I-III", "IV-VI")),
        Factor("monk_tone", ("1-5", "6-10")),
    ]
    text = script(
        study="MEL-8", condition="melasma", region="face", view="front",
        visits=[Column("week-0", "Start", 0), Column('we"ek', "Odd", 28)], factors=factors,
        against="SUN",
    )  # fmt: skip
    assert balanced(text)
    assert not balanced(f"{text})")
    used = set(re.findall(r"(?:long|data)\$([a-z_0-9]+)", text)) | {"repeat", "enrolled_on"}
    made = {"change", "baseline", "baseline_model", "site", "time"} | {
        f"s_{one.name}" for one in factors
    }
    assert used - made == set(READS)
    assert "low = c(1, 4), high = c(3, 6)" in text
    assert f"fewer than {SMALL} people" in text
    assert '"we\\"ek"' in text
    assert "{" + "study" + "}" not in text


def test_the_script_is_the_same_for_the_blind_and_the_unblinded(
    trial: Changing, as_person: SignIn
) -> None:
    blinded(trial.team.study)
    stella = person(trial.team.study, "statistician", "Stella")
    told = {as_person(user).get(f"{PAGE}mmrm.R").content for user in (trial.team.chandra, stella)}
    assert len(told) == 1
    assert b"us" in told.pop()


# --- One person's page -------------------------------------------------------------------------


def test_the_scores_page_marks_what_is_more_than_noise(
    changing: Changing, as_person: SignIn
) -> None:
    who = changing.person({"week-0": 50.0, "week-4": 35.0, "week-8": 47.0})
    path = reverse("inference:participant_scores", args=["MEL-8", who.code])
    shown = as_person(changing.team.chandra).get(path).content.decode()
    assert "Change since Week 0, front view" in shown
    assert re.search(r"−15\.0 <span[^>]*>▼", shown)
    assert re.search(r"<td[^>]*>−3\.0</td>", shown)
    assert "0 others are aged 30–39" in shown or "No place among peers" in shown
    Participant.objects.filter(pk=who.pk).update(year_of_birth=None)
    shown = as_person(changing.team.chandra).get(path).content.decode()
    assert "age or Fitzpatrick type is not known" in shown
