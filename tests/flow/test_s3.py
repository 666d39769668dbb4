"""Private files in an S3-compatible bucket, chosen by STORAGE_URL alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import send_photos
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.s3 import s3_client, s3_server
from tests.servers import wait_until
from tests.stack import NewStack, Stack

pytestmark = [pytest.mark.full, pytest.mark.slow]


@pytest.fixture
def bucket() -> Iterator[str]:
    """The endpoint of an S3 server of its own, with a bucket called skin."""
    with s3_server("skin") as endpoint:
        yield endpoint


def send_to(bucket: str, new_stack: NewStack, tmp_path: Path) -> tuple[Stack, list[str]]:
    """A copy of the product that keeps its files in the bucket, and the photos sent to it."""
    stack = new_stack(
        "embedded",
        STORAGE_URL=f"s3://skin/study-files?endpoint={bucket}&region=us-east-1",
        STORAGE_ACCESS_KEY="key",
        STORAGE_SECRET_KEY="secret",
        SHIPPED_MODEL_PACKAGE=str(write_tiny_package(tmp_path)),
    )
    stack.manage("load_demo", "--people-only")
    return stack, send_photos(stack, people=1)


def test_photos_are_kept_and_scored_in_a_bucket(
    bucket: str, new_stack: NewStack, tmp_path: Path
) -> None:
    stack, sent = send_to(bucket, new_stack, tmp_path)
    stack.start_worker()
    done = "SELECT count(DISTINCT photo_id) FROM inference_run WHERE state = 'done'"
    wait_until(
        lambda: stack.sql(done) == [(len(sent),)],
        seconds=120,
        what=f"the scores\n{stack.log('worker')}",
    )
    listed = s3_client(bucket).list_objects_v2(Bucket="skin")["Contents"]
    names = [one["Key"] for one in listed]
    # The second holds the audit trail's anchors, of which one may be due by then.
    assert all(name.startswith(("study-files/", "study-files-anchors/")) for name in names)
    for photo in sent:
        assert any(photo in name for name in names)
    kept_here = Path(stack.environment["VAR_DIR"]) / "files"
    assert not list(kept_here.rglob("*.jpg")) if kept_here.exists() else True
    wrong = stack.ask(
        "[p.pk for p in Photo.objects.all() if sha256(read(p.original_file)).hexdigest()"
        " != p.sha256]",
        given="from hashlib import sha256\nfrom participants.capture.models import Photo\n"
        "from studies.platform.storage import read",
    )
    assert wrong == []


ERASE = """
from django.utils import timezone
from participants.messaging.models import Message
from participants.people.models import Participant
from participants.privacy.models import RequestWork
from participants.privacy.services import data_requests
def sender():
    return Participant.objects.filter(visits__photos__isnull=False).distinct().get()
def ask():
    found = sender()
    data_requests.ask(participant=found, kind='erase', by=found)
    return due()
def due():
    Message.objects.filter(kind='erasure_receipt').update(state='done')
    return RequestWork.objects.filter(state='queued').update(due_at=timezone.now())
"""


def test_an_erased_participant_leaves_nothing_in_a_bucket(
    bucket: str, new_stack: NewStack, tmp_path: Path
) -> None:
    stack, sent = send_to(bucket, new_stack, tmp_path)
    stack.ask("ask()", given=ERASE)
    stack.start_worker()
    state = "SELECT state, step FROM participants_requestwork"
    wait_until(lambda: stack.sql(state)[0][1] != "", seconds=60, what=f"it\n{stack.log('worker')}")
    stack.ask("due()", given=ERASE)
    wait_until(
        lambda: stack.sql(state)[0][0] == "done", seconds=60, what=f"it\n{stack.log('worker')}"
    )
    names = [key["Key"] for key in s3_client(bucket).list_objects_v2(Bucket="skin")["Contents"]]
    assert not [name for name in names for photo in sent if photo in name]
    [(erased,)] = stack.sql("SELECT id FROM participants_participant WHERE state = 'erased'")
    assert not [name for name in names if f"/consents/{erased}/" in name]
    assert [name for name in names if "/erasures/" in name], "the code stays, for a restore"
