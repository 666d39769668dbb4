"""``manage.py evaluate_model``: refusals, and what it writes."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from inference.packages.commands import evaluate_model
from inference.training.evaluate import EvaluationRefused, write_report
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.inference.report.constructed import constructed_report


@pytest.fixture
def package(tmp_path):
    return write_tiny_package(tmp_path)


def evaluate(package, out, *given, **options):
    stdout = StringIO()
    call_command(
        "evaluate_model", *given, package=package, out=out, stdout=stdout, stderr=StringIO(),
        **options,
    )  # fmt: skip
    return stdout.getvalue()


@pytest.fixture
def measured(monkeypatch):
    """The measuring itself, replaced by a constructed report; returns what it was asked for."""
    asked = {}

    def instead(package, plan, **given):
        asked.update(given, plan=plan, package=package)
        return constructed_report()

    monkeypatch.setattr(evaluate_model, "evaluate_package", instead)
    return asked


def test_any_split_but_test_is_refused_and_nothing_is_written(package, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(CommandError, match="test split only"):
        evaluate(package, out, split="validation")
    assert not out.exists()


def test_a_file_that_is_no_package_is_refused(tmp_path):
    path = tmp_path / "x.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(CommandError, match="not a readable ONNX"):
        evaluate(path, tmp_path / "out")


def test_a_report_that_is_none_is_not_written(package, tmp_path, monkeypatch):
    broken = {**constructed_report(), "split": "validation"}
    monkeypatch.setattr(evaluate_model, "evaluate_package", lambda *a, **k: broken)
    out = tmp_path / "out"
    with pytest.raises(CommandError, match="no evaluation report"):
        evaluate(package, out)
    assert not list(out.glob("*.json"))


def test_it_writes_json_and_html_and_says_which_aims_are_met(package, tmp_path, measured):
    out = tmp_path / "out"
    told = evaluate(package, out, photos=40)
    report = json.loads((out / "gsh-demonstrator-2.0.0.json").read_text())
    assert report == json.loads(json.dumps(constructed_report()))
    assert "In short" in (out / "gsh-demonstrator-2.0.0.html").read_text()
    assert "repeatability" in told
    assert measured["plan"].photos == 40
    assert "--photos 40" in measured["command"]
    assert str(tmp_path) not in measured["command"], "no folders of this machine"


def test_quick_takes_a_handful_of_photos(package, tmp_path, measured):
    evaluate(package, tmp_path / "out", quick=True)
    assert measured["plan"].photos < 10
    with pytest.raises(CommandError, match="at least 1"):
        evaluate(package, tmp_path / "out", photos=0)


def test_the_trial_of_step_one_is_read_from_beside_the_report(package, tmp_path, measured):
    out = tmp_path / "out"
    out.mkdir()
    evaluate(package, out)
    assert measured["beside"].ablation is None
    (out / "ablation.json").write_text('{"arms": [], "comparisons": []}')
    (out / "why.yaml").write_text("speed: Because.\n")
    evaluate(package, out)
    assert measured["beside"].ablation == {"arms": [], "comparisons": []}
    assert measured["beside"].why == {"speed": "Because."}
    with pytest.raises(CommandError, match="no file"):
        evaluate(package, out, ablation=tmp_path / "missing.json")
    (out / "ablation.json").write_text("[1]")
    with pytest.raises(CommandError, match="JSON object"):
        evaluate(package, out)


def test_only_reports_of_the_test_split_are_written(tmp_path):
    with pytest.raises(EvaluationRefused):
        write_report({"split": "train"}, tmp_path / "x.json")


def test_a_folder_of_photographs_that_cannot_be_used_is_told_before_anything_is_measured(
    package, tmp_path, measured
):
    with pytest.raises(CommandError, match="no folder"):
        evaluate(package, tmp_path / "out", faces=tmp_path / "none")
    assert not measured


def test_a_second_report_on_real_faces_is_written_beside_the_first(
    package, tmp_path, measured, monkeypatch
):
    told = {"people": 1, "pictures": 2, "painted": {}, "alike": {}, "stability": {}, "unseen": {}}
    monkeypatch.setattr(evaluate_model, "Photographs", lambda folder: None)
    monkeypatch.setattr(evaluate_model, "report_on", lambda *a, **k: told)
    out = tmp_path / "out"
    said = evaluate(package, out, faces=tmp_path)
    written = list(out.glob("*-real-faces.json"))
    assert [json.loads(path.read_text("utf-8")) for path in written] == [told]
    assert "1 people, 2 pictures" in said
