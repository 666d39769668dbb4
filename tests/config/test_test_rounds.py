"""That `make test` keeps a group of tests in one worker, and knows browser tests by their file."""

from pathlib import Path

import pytest

BROWSER = Path(__file__).parents[1] / "browser"


def test_no_two_files_of_browser_tests_share_a_name() -> None:
    files = list(BROWSER.rglob("test_*.py"))
    assert len({path.stem for path in files}) == len(files)


@pytest.mark.xdist_group("alone")
def test_what_is_marked_as_a_group_is_kept_together(request: pytest.FixtureRequest) -> None:
    """By the name that a worker of `--dist loadgroup` gives a test: the group stands behind it."""
    grouping = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@alone") or not grouping
