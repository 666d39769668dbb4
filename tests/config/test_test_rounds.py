"""What `make test` takes of the browser tests: a name that leads nowhere drops a test unseen."""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import KEPT

BROWSER = Path(__file__).parents[1] / "browser"
FILES = {path.stem: path for path in BROWSER.rglob("test_*.py")}
DEFINED = re.compile(r"^def (test_\w+)", re.MULTILINE)


def test_no_two_files_of_browser_tests_share_a_name() -> None:
    assert len(FILES) == len(list(BROWSER.rglob("test_*.py")))


@pytest.mark.parametrize(
    ("file", "start"), [(file, start) for file, starts in KEPT.items() for start in starts]
)
def test_every_name_that_make_test_takes_is_a_test(file: str, start: str) -> None:
    names = DEFINED.findall(FILES[file].read_text())
    assert any(name.startswith(start.partition("[")[0]) for name in names)


@pytest.mark.xdist_group("alone")
def test_what_is_marked_as_a_group_is_kept_together(request: pytest.FixtureRequest) -> None:
    """By the name that a worker of `--dist loadgroup` gives a test: the group stands behind it."""
    grouping = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@alone") or not grouping


@pytest.mark.parametrize("file", [file for file, starts in KEPT.items() if not starts])
def test_every_file_left_to_the_wide_round_is_there(file: str) -> None:
    assert file in FILES
