"""A report is drawn as a page from its JSON, whenever it is wanted."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.report import render_page
from tests.inference.report.constructed import constructed_report


def test_every_report_of_the_repository_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("draw_report", f"--out={tmp_path}")
    pages = sorted(tmp_path.glob("*.html"))
    assert [page.name for page in pages] == ["gsh-demonstrator-0.4.0.html"]
    assert str(pages[0]) in capsys.readouterr().out
    told = pages[0].read_text()
    assert "</html>" in told
    assert "--accent" in told, "the sheets of today are in it"


def test_a_report_is_drawn_beside_its_json(tmp_path: Path) -> None:
    source = tmp_path / "mine.json"
    source.write_text(json.dumps(constructed_report()))
    call_command("draw_report", str(source))
    assert (tmp_path / "mine.html").read_text() == render_page(constructed_report())


@pytest.mark.parametrize("body", ["{}", "[1]", "no JSON", ""])
def test_what_is_no_report_is_refused_and_nothing_written(tmp_path: Path, body: str) -> None:
    source = tmp_path / "mine.json"
    source.write_text(body)
    with pytest.raises(CommandError, match=r"mine\.json"):
        call_command("draw_report", str(source))
    assert not (tmp_path / "mine.html").exists()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.json"):
        call_command("draw_report", str(tmp_path / "nothing.json"))
