"""A restore waits for web and workers, and nobody is served meanwhile."""

import pytest
from django.core.management import CommandError

from studies.backup.errors import NotEmpty
from studies.backup.services import restoring
from studies.platform import in_use
from tests.studies.backup.conftest import Kept, run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """As web and workers are."""
    monkeypatch.setattr(in_use, "_watch", in_use._Watch())
    in_use.watch(known=True)


def test_somebody_who_goes_on_stops_it_in_words(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "OTHERS_SECONDS", 0.2)
    with in_use.using(), pytest.raises(CommandError, match="Web or workers use this database"):
        run("restore", "--key", kept.key)


def test_while_it_lasts_whoever_comes_is_refused(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[in_use.NotServed | None] = []

    def look(name: str) -> None:
        asked.append(in_use.refusal())
        raise NotEmpty("seen")

    monkeypatch.setattr("studies.backup.target.snapshot", look)
    with pytest.raises(CommandError, match="seen"):
        run("restore", "--key", kept.key)
    assert asked[0] is not None
    assert in_use.refusal() is None
