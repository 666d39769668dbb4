"""An S3 server for the tests, in a thread of this process."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from tests.servers import free_port

KEYS = {"STORAGE_ACCESS_KEY": "key", "STORAGE_SECRET_KEY": "secret"}
running: list[str] = []


@contextmanager
def s3_server(bucket: str, *, object_lock: bool = False) -> Iterator[str]:
    """A server of its own with an empty bucket; yields its endpoint.

    What every such server of a process keeps is kept in one place: it is emptied before and
    after, and a second server beside the first is refused (AssertionError).
    """
    assert not running, f"{running[0]} still runs, and both would keep their files together"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    moto_api_backend.reset()
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    running.append(endpoint)
    try:
        s3_client(endpoint).create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=object_lock)
        yield endpoint
    finally:
        server.stop()
        running.remove(endpoint)
        moto_api_backend.reset()


def s3_client(endpoint: str):  # type: ignore[no-untyped-def]
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEYS["STORAGE_ACCESS_KEY"],
        aws_secret_access_key=KEYS["STORAGE_SECRET_KEY"],
    )
