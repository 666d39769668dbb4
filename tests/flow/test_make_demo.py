"""What ``make demo`` runs: starts, tells where to look, and stops when told."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.servers import answers, free_port, wait_until
from tests.stack import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.xdist_group("make demo")]


@dataclass(frozen=True)
class Started:
    """What was seen of one start of the demo."""

    port: int
    health: dict[str, int]
    front: bytes
    code: int
    told: str


def demo(folder: Path, port: int, **more: str) -> "subprocess.Popen[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(folder / "var"),
        "PORT": str(port),
        "GSH_ENV": "demo",
        "ENV_FILE": os.devnull,
        "PYTHONUNBUFFERED": "1",
        "SHIPPED_MODEL_PACKAGE": str(write_tiny_package(folder)),
        **more,
    }
    with (folder / "told.txt").open("w") as told:
        return subprocess.Popen(
            [sys.executable, "-m", "config.demo"],
            cwd=ROOT,
            env=environment,
            stdout=told,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo keeps what is its own, from one start to the next."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first_start(folder: Path) -> Started:
    """The demo started with nothing there, asked for two pages, and stopped by Ctrl-C."""
    port = free_port()
    running = demo(folder, port)
    told = folder / "told.txt"
    try:
        wait_until(lambda: "is running at" in told.read_text(), seconds=300, what="the demo")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=10) as answer:
            health = json.load(answer)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
            front = page.read()
    finally:
        running.send_signal(signal.SIGINT)
        code = running.wait(60)
    return Started(port, health, front, code, told.read_text())


def test_it_starts_tells_where_to_look_and_stops_on_ctrl_c(first_start: Started) -> None:
    assert first_start.health["workers"] == 1
    assert b"Sign in" in first_start.front
    assert first_start.code == 0
    assert "Stopped." in first_start.told
    assert not answers(first_start.port), "nothing is left running"


def test_a_port_that_is_taken_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = demo(tmp_path, port)
        assert running.wait(60) == 1
    assert f"PORT={port + 1} make demo" in (tmp_path / "told.txt").read_text()


def test_started_again_for_phones_it_speaks_https_and_draws_the_link_to_scan(
    folder: Path, first_start: Started
) -> None:
    port = free_port()
    running = demo(folder, port, PHONE="1", HOST="127.0.0.1")
    told = folder / "told.txt"
    try:
        wait_until(lambda: "Scan it" in told.read_text(), seconds=300, what="the demo")
        trust = ssl.create_default_context(cafile=folder / "var/certificate/127.0.0.1.crt")
        link = re.search(rf"https://127\.0\.0\.1:{port}/p/\S+", told.read_text())
        assert link
        with urllib.request.urlopen(link.group(), timeout=10, context=trust) as page:
            assert b"Open my page" in page.read()
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(60)
