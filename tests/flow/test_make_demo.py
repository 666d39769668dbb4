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
from pathlib import Path

import pytest

from tests.inference.tiny_package import write_tiny_package
from tests.servers import answers, free_port, wait_until
from tests.stack import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def demo(folder: Path, port: int, **more: str) -> "subprocess.Popen[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(folder / "var"),
        "PORT": str(port),
        "GSH_ENV": "demo",
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


def test_it_starts_tells_where_to_look_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    running = demo(tmp_path, port)
    told = tmp_path / "told.txt"
    try:
        wait_until(lambda: "is running at" in told.read_text(), seconds=120, what="the demo")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=10) as answer:
            assert json.load(answer)["workers"] == 1
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
            assert b"Sign in" in page.read()
    finally:
        running.send_signal(signal.SIGINT)
        code = running.wait(60)
    assert code == 0
    assert "Stopped." in told.read_text()
    assert not answers(port), "nothing is left running"


def test_a_port_that_is_taken_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = demo(tmp_path, port)
        assert running.wait(60) == 1
    assert f"PORT={port + 1} make demo" in (tmp_path / "told.txt").read_text()


def test_for_phones_it_speaks_https_and_draws_the_link_to_scan(tmp_path: Path) -> None:
    port = free_port()
    running = demo(tmp_path, port, PHONE="1", HOST="127.0.0.1")
    told = tmp_path / "told.txt"
    try:
        wait_until(lambda: "Scan it" in told.read_text(), seconds=120, what="the demo")
        trust = ssl.create_default_context(cafile=tmp_path / "var/certificate/127.0.0.1.crt")
        link = re.search(rf"https://127\.0\.0\.1:{port}/p/\S+", told.read_text())
        assert link
        with urllib.request.urlopen(link.group(), timeout=10, context=trust) as page:
            assert b"Open my page" in page.read()
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(60)
