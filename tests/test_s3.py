"""What one test kept in a bucket, the next does not find."""

from pathlib import Path

import pytest

from tests.s3 import s3_client, s3_server


def test_a_second_server_starts_empty() -> None:
    with s3_server("skin") as endpoint:
        s3_client(endpoint).put_object(Bucket="skin", Key="there/photo.jpg", Body=b"photo")
    with s3_server("skin") as endpoint:
        assert s3_client(endpoint).list_objects_v2(Bucket="skin")["KeyCount"] == 0


def test_two_at_once_are_refused() -> None:
    with (
        s3_server("skin"),
        pytest.raises(AssertionError, match="still runs"),
        s3_server("other"),
    ):
        pass
    with s3_server("other"):
        pass


def test_no_test_starts_a_server_otherwise() -> None:
    """A server started elsewhere would keep what it was given for the next test."""
    here = Path(__file__).parent
    starters = {
        path.relative_to(here).as_posix()
        for path in here.rglob("*.py")
        if path != Path(__file__) and "ThreadedMotoServer" in path.read_text()
    }
    assert starters == {"s3.py"}
