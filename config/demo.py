"""``make demo``: the whole product on this machine, with a study that is under way.

Starts the web server and one Celery worker on SQLite and the in-memory broker, waits until both
answer, loads the demonstration study through the same services and workers a real one uses, and
stops everything on Ctrl-C. Started again, it goes on where it was. ``PHONE=1`` opens it to the
phones in the same network, over HTTPS (``config.demo_phone``).
"""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from config import demo_phone

ROOT = Path(__file__).resolve().parent.parent
PORT = int(os.environ.get("PORT", "8000"))
FOR_PHONES = os.environ.get("PHONE", "") not in {"", "0"}
HOST = os.environ.get("HOST") or (demo_phone.lan_address() if FOR_PHONES else "127.0.0.1")
# A passkey belongs to a name, never to a number, and "localhost" is one.
NAME = "localhost" if HOST == "127.0.0.1" and not FOR_PHONES else HOST
URL = f"{'https' if FOR_PHONES else 'http'}://{NAME}:{PORT}"


class DemoFailed(Exception):  # noqa: N818 - shown to a person
    """The demo cannot go on; the message says why and what to do."""


def environment() -> dict[str, str]:
    """What the processes are told; anything the caller set wins."""
    defaults = {
        "GSH_ENV": "demo",
        "BIND": f"{HOST}:{PORT}",
        "SITE_URL": URL,
        "ALLOWED_HOSTS": f"localhost,127.0.0.1,{HOST}",
        "OMP_NUM_THREADS": "1",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
    }
    if FOR_PHONES:
        cert_file, key_file = certificate_files()
        defaults |= {"CERTFILE": str(cert_file), "KEYFILE": str(key_file)}
    return {**defaults, **os.environ}


def certificate_files() -> tuple[Path, Path]:
    folder = var_dir() / "certificate"
    return folder / f"{HOST}.crt", folder / f"{HOST}.key"


def var_dir() -> Path:
    return Path(os.environ.get("VAR_DIR", str(ROOT / "var")))


def manage(*arguments: str) -> None:
    """Run a management command to its end.

    Raises:
        DemoFailed: it failed; its output is shown.
    """
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise DemoFailed(f"“{' '.join(arguments)}” failed:\n{done.stdout}{done.stderr}")


def require_free_port() -> None:
    with socket.socket() as probe:
        if probe.connect_ex((HOST, PORT)) == 0:
            raise DemoFailed(
                f"Something already answers at {URL}. Stop it, or choose another port: "
                f"PORT={PORT + 1} make demo"
            )


def start(name: str, *command: str) -> "subprocess.Popen[bytes]":
    """A child in its own process group (Ctrl-C reaches only us), logging to ``var/log``."""
    log = var_dir() / "log" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, *command],
            env=environment(),
            cwd=ROOT,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def wait_until_answering(children: "dict[str, subprocess.Popen[bytes]]") -> None:
    """Wait until the web server answers and a worker has shown itself."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        for name, child in children.items():
            if child.poll() is not None:
                log = (var_dir() / "log" / f"{name}.log").read_text(errors="replace")
                raise DemoFailed(f"The {name} process stopped. The end of its log:\n{log[-3000:]}")
        try:
            # By number: "localhost" may be looked for under IPv6 first. Our own certificate.
            at = URL.replace("localhost", HOST)
            trust = ssl._create_unverified_context() if FOR_PHONES else None  # noqa: S323
            with urllib.request.urlopen(f"{at}/health/", timeout=2, context=trust) as answer:  # noqa: S310
                if json.load(answer)["workers"]:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.3)
    raise DemoFailed(f"Nothing answered within 90 s. The logs are in {var_dir() / 'log'}.")


def stop(children: "dict[str, subprocess.Popen[bytes]]") -> None:
    """Ask everything to finish what it is doing; insist after 20 seconds."""
    for child in reversed(children.values()):
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    end = time.monotonic() + 20
    for child in reversed(children.values()):
        try:
            child.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def say(text: str = "") -> None:
    print(text, flush=True)


def tell(text: str) -> None:
    """Print where to look; with a code to scan when the demo is open to phones."""
    say(text)
    link = re.search(r"https?://\S+/p/\S+", text)
    if FOR_PHONES and link:
        demo_phone.show_code(link.group())
        say(
            "  Scan it with a phone in the same network. The phone warns that nobody vouches for\n"
            "  this machine's certificate: go on all the same. Anyone in this network can reach\n"
            "  the demo until you stop it.\n"
        )


def run(stopping: threading.Event) -> None:
    """Set up, start, load, tell, and wait for Ctrl-C."""
    require_free_port()
    if FOR_PHONES:
        demo_phone.certificate(var_dir() / "certificate", HOST)
    say("Setting up the database and the pages …")
    manage("migrate", "--verbosity=0")
    manage("collectstatic", "--noinput", "--verbosity=0")
    manage("load_demo", "--people-only")
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        children["web"] = start("web", "-m", "gunicorn", "-c", str(ROOT / "config/gunicorn.py"))
        children["worker"] = start(
            "worker",
            *("-m", "celery", "--app=config", "worker", "--concurrency=2"),
            *("--without-gossip", "--without-mingle", "--loglevel=WARNING"),
        )
        say("Starting the web server and the worker …")
        wait_until_answering(children)
        children["photos"] = start("photos", str(ROOT / "manage.py"), "load_demo")
        tell((var_dir() / "demo.txt").read_text())
        announced = False
        while not stopping.wait(0.5):
            photos = children.get("photos")
            if photos is not None and photos.poll() is not None and not announced:
                announced = True
                if photos.returncode:
                    say(f"Not every photo could be sent: see {var_dir() / 'log' / 'photos.log'}")
                else:
                    say("All photos are sent; the worker scores what is left.")
            for name in ("web", "worker"):
                if children[name].poll() is not None:
                    raise DemoFailed(f"The {name} stopped: see {var_dir() / 'log'}.")
    finally:
        say("\nStopping …")
        stop(children)
        say("Stopped. Everything is kept in var/; `make demo` goes on from here.")


def main(act: Callable[[threading.Event], None] = run) -> int:
    """Do ``act`` until Ctrl-C; the exit code."""
    stopping = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    try:
        act(stopping)
    except DemoFailed as failure:
        say(f"\n{failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
