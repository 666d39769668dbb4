import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings

from inference.pipeline.assessed import CONDITIONS
from inference.report import render_fragment, render_page, schema
from inference.report.html import Safe, el
from inference.report.plots import Axis, Mark, Row, strip
from inference.report.schema import NotAReport, Report, check_report
from participants.imaging.strict_model import published
from tests.inference.report.constructed import constructed_report
from tests.junk import VALUES, in_our_words, spoilt

SECTIONS = (
    "summary", "aims", "conditions", "tone", "camera", "calibration", "repeatability", "refusal",
    "step-one", "precision", "speed", "made",
)  # fmt: skip


class Reader(HTMLParser):
    """Every element with its attributes; fails on tags that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def report():
    return constructed_report()


@pytest.fixture(scope="module")
def fragment(report):
    return render_fragment(report)


def test_a_report_follows_its_schema_and_is_plain_json(report):
    check_report(json.loads(json.dumps(report, allow_nan=False)))


def test_a_report_of_another_split_or_without_a_section_is_none(report):
    with pytest.raises(NotAReport, match="split"):
        check_report({**report, "split": "validation"})
    with pytest.raises(NotAReport, match="calibration"):
        check_report({name: part for name, part in report.items() if name != "calibration"})


def test_the_published_schema_is_what_the_models_say():
    path = Path(schema.__file__).with_name("report.schema.json")
    assert path.read_text(encoding="utf-8") == published(Report)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"card": None}, "card: must be an object, not null"),
        ({"aims": []}, "aims: is too short: at least 10"),
        ({"schema": "gsh-evaluation/2"}, "schema: must be 'gsh-evaluation/1'"),
        ({"favourite": 1}, "'favourite' was unexpected"),
        ({"camera": [{}]}, r"camera\[0\]: 'photos' is a required property; camera\[0\]: 'mean"),
    ],
)
def test_what_is_wrong_in_a_report_is_told_by_its_place(report, changes, words):
    with pytest.raises(NotAReport, match=f"This is no evaluation report: {words}"):
        check_report({**report, **changes})


def test_of_a_long_list_only_the_first_thing_amiss_is_told(report):
    told = {**report, "test": {**report["test"], "confusion": {"pores": [["x"] * 9] * 9}}}
    with pytest.raises(NotAReport) as refusal:
        check_report(told)
    words = "test.confusion.pores[0][0]: must be a whole number, not 'x'"
    assert str(refusal.value) == f"This is no evaluation report: {words}."


@given(spoilt(constructed_report()) | VALUES)
@settings(max_examples=100, deadline=None)
def test_whatever_is_no_report_is_refused_in_our_words(told):
    try:
        check_report(told)
    except NotAReport as refusal:
        message = str(refusal)
    else:
        return
    assert in_our_words(message)
    assert len(message) < 2000


def test_every_section_is_there_and_in_the_contents(fragment):
    found = read(fragment).elements
    ids = {attributes.get("id") for _, attributes in found}
    links = {attributes.get("href") for tag, attributes in found if tag == "a"}
    for code in SECTIONS:
        assert f"report-{code}" in ids
        assert f"#report-{code}" in links
    assert all(condition.capitalize() in fragment for condition in CONDITIONS)


def test_the_fragment_holds_no_style_script_or_handler(fragment):
    for tag, attributes in read(fragment).elements:
        assert tag not in {"script", "style", "link", "iframe", "img"}
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]


def test_the_page_stands_alone_and_loads_nothing(report):
    page = render_page(report)
    for tag, attributes in read(page).elements:
        assert tag not in {"script", "link", "img"}
        assert "style" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in page
    assert "@import" not in page


def test_every_class_of_a_plot_has_its_looks(fragment):
    used = set(re.findall(r"(?:plot|heat|dots|strip|aim|report)[\w-]*", " ".join(
        attributes.get("class") or "" for _, attributes in read(fragment).elements)))  # fmt: skip
    page = render_page(constructed_report())
    sheet = page[: page.index("</style>")]
    without = {name for name in used if f".{name}" not in sheet}
    assert without <= {"aim__value", "heat-0", "plot-tick--start", "dots__axis"}


def test_conditions_keep_their_order_whatever_a_database_did_to_it(report, fragment):
    shuffled = json.loads(json.dumps(report, sort_keys=True))
    assert render_fragment(shuffled) == fragment


def test_ids_are_unique(fragment):
    ids = [a["id"] for _, a in read(fragment).elements if "id" in a]
    assert len(ids) == len(set(ids))


def test_what_a_package_says_of_itself_is_escaped(report):
    told = copy.deepcopy(report)
    told["package"]["title"] = told["package"]["name"] = '<script>alert("x")</script>'
    told["provenance"]["command"] = "<img src=x onerror=y>"
    told["aims"][0]["why"] = "<b style=color:red>"
    page = render_page(told)
    assert "<script>" not in page
    assert "<img" not in page
    assert "<b style" not in page
    assert "&lt;script&gt;" in page


def test_elements_that_could_carry_a_style_or_a_script_are_refused():
    for attributes in ({"style": "color:red"}, {"onclick": "x()"}):
        with pytest.raises(ValueError, match="take no"):
            el("p", **attributes)
    with pytest.raises(ValueError, match="script"):
        el("script", "x")
    assert el("p", "a < b", class_="x", title=None) == '<p class="x">a &lt; b</p>'
    assert el("p", Safe("<b>1</b>")) == "<p><b>1</b></p>"


def test_places_on_a_strip_follow_the_axis():
    axis = Axis(0.5, 1.0, [(0.5, "50%"), (1.0, "100%")], aim=0.8)
    assert [axis.at(v) for v in (0.5, 0.75, 1.0)] == [2, 50, 98]
    assert axis.at(0.2) == 2, "what lies beyond is put on the edge"
    drawn = strip(Row("Pores", [Mark(0.75, 0.6, 0.9)], "0.75"), axis)
    assert 'cx="50.0%"' in drawn
    assert f'x1="{axis.at(0.6)}%" x2="{axis.at(0.9)}%"' in drawn
    assert 'class="plot-aim"' in drawn


def test_a_missing_figure_leaves_a_dash_and_no_dot(report):
    told = copy.deepcopy(report)
    told["test"]["conditions"]["pores"]["weighted_kappa"] = {
        "value": None, "low": None, "high": None, "cases": 0,
    }  # fmt: skip
    html = render_fragment(told)
    assert "<b>–</b>" in html
    assert html.count('class="plot-dot') < render_fragment(report).count('class="plot-dot')


def test_the_report_says_what_was_not_measured(report):
    told = {**copy.deepcopy(report), "ablation": None, "precision": None}
    told["calibration"]["before"] = None
    html = render_fragment(told)
    assert "has not been run" in html
    assert "float32 numbers only" in html
    assert "records no calibration" in html


def test_a_trial_without_a_sure_gain_is_said_to_show_none(report):
    html = render_fragment(report)
    assert "That it helps was not shown" in html
    sure = copy.deepcopy(report)
    for one in sure["ablation"]["comparisons"]:
        one["p"] = 0.002
    assert "It helps." in render_fragment(sure)
    for one in sure["ablation"]["comparisons"]:
        one["mean_difference"] = -0.01
    assert "It harms." in render_fragment(sure)


def test_speed_is_shown_beside_the_textbooks(report):
    side = {
        "network": "gsh-demonstrator 2.0.0", "size": 128, "precision": "int8", "provider": "CPU",
        "ratio": 31.4, "textbook_ms": 3140.0, "ours_ms": 100.0,
    }  # fmt: skip
    speed = {
        "ratio": 31.4, "photos": 3, "processor": "P", "cores": 2, "load": 0.1, "networks": [side],
    }  # fmt: skip
    html = render_fragment({**report, "speed": speed})
    assert "<b>31.4</b>" in html
    assert "3140 ms" in html
    assert "has not been run with this package" in render_fragment(report)


def test_demonstrators_are_marked(report):
    assert "not for clinical use" in render_page(report)
    assert "They say nothing of how it does on real skin" in render_fragment(report)


def test_a_trial_that_is_not_complete_concludes_nothing(report):
    told = copy.deepcopy(report)
    told["ablation"]["comparisons"] = []
    told["ablation"]["arms"][-1]["seeds"] = []
    html = render_fragment(told)
    assert "not complete" in html
    assert "It helps." not in html
