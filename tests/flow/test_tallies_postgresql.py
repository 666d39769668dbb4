"""What was counted of participants on PostgreSQL: its triggers notice what SQLite's do.

SQLite's are proved in ``tests/inference/scoring/test_tallies.py``.
"""

import psycopg
import pytest

from tests.stack import NewStack, Stack

pytestmark = [pytest.mark.full, pytest.mark.slow]

SCORED = """
from inference.packages.models import ModelPackage
from participants.capture.models import Photo
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.inference.scoring.photos import make_visit
from tests.participants.capture.factories import PhotoFactory
from tests.studies.protocol.factories import SiteFactory
first, second = ModelPackageFactory(), ModelPackageFactory()
first.conditions.set(["melasma"])
site = SiteFactory(code="ZZ01")
for package in (first, second):
    StudyModelFactory(study=site.study, package=package, primary=package == first)
for number in (1, 2):
    visit = make_visit(site, code=f"ZZ01-000{number}")
    for package in (first, second):
        photo = Photo.objects.filter(visit=visit).first() or PhotoFactory(visit=visit, view="front")
        run = RunFactory(photo=photo, package=package)
        ScoreFactory(run=run, severity=20.0 * package.pk)
"""
CHANGES = (
    "UPDATE inference_score SET severity = 5",
    "UPDATE inference_run SET state = 'quarantined' WHERE id = (SELECT min(id) FROM inference_run)",
    "UPDATE participants_photo SET state = 'excluded'",
    "UPDATE participants_photo SET state = 'accepted'",
    'UPDATE inference_studymodel SET deactivated_at = now(), "primary" = false',
    "DELETE FROM inference_score WHERE id = (SELECT min(id) FROM inference_score)",
    "DELETE FROM inference_score; DELETE FROM inference_run",
)
COUNTED = "[tallies.count_anew(), tallies.version_of(Study.objects.get(sites__code='ZZ01'))]"
GIVEN = """
from inference.scoring.services import tallies
from studies.protocol.models import Study
"""


def run_sql(stack: Stack, statements: str) -> None:
    with psycopg.connect(stack.settings["DATABASE_URL"]) as connection:
        connection.execute(statements)  # type: ignore[call-overload]


def test_every_change_is_noticed_and_counted(new_stack: NewStack) -> None:
    stack = new_stack("full")
    stack.manage("shell", "-v", "0", "-c", SCORED)
    counted, version = stack.ask(COUNTED, given=GIVEN)
    assert counted == 2
    for change in CHANGES:
        run_sql(stack, change)
        counted, newer = stack.ask(COUNTED, given=GIVEN)
        assert counted, change
        assert newer != version, change
        version = newer
    stack.manage("count_again", "--check")
    run_sql(stack, "DROP TRIGGER tally_inference_score_delete ON inference_score")
    assert stack.manage("count_again", "--check", check=False).returncode == 1
    stack.manage("migrate", "--verbosity=0")
    stack.manage("count_again", "--check")


def test_writers_do_not_wait_for_each_other(new_stack: NewStack) -> None:
    """A mark is put down beside the others: two transactions over one person both go on."""
    stack = new_stack("full")
    stack.manage("shell", "-v", "0", "-c", SCORED)
    url = stack.settings["DATABASE_URL"]
    runs = [row[0] for row in stack.sql("SELECT id FROM inference_run ORDER BY id LIMIT 2")]
    change = "UPDATE inference_run SET attempts = attempts + 1 WHERE id = %s"
    with psycopg.connect(url) as one, psycopg.connect(url) as other:
        for connection in (one, other):
            connection.execute("SET lock_timeout = '2s'")
        one.execute(change, [runs[0]])
        other.execute(change, [runs[1]])  # of the same participant
        other.commit()
        one.commit()
    assert stack.ask(COUNTED, given=GIVEN)[0] == 2
