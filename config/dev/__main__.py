"""``make dev``: the product on this machine as it is being written.

As ``make demo``, with the few people of ``PEOPLE`` (3) in a database of its own (``var/dev``). The
web server restarts when Python changes and shows Django's debug pages and toolbar; a worker beside
it restarts as well. Both write into this terminal; ``SQL_LOG=1`` adds every query of the pages.
"""

import os
import shlex
import subprocess
import sys
import threading

from config import demo

PEOPLE = os.environ.get("PEOPLE", "3")
WORKER = (
    *(sys.executable, "-m", "celery", "--app=config", "worker", "--concurrency=1"),
    *("--without-gossip", "--without-mingle", "--loglevel=INFO"),
)
WATCHED = [str(demo.ROOT / app) for app in ("config", "studies", "participants", "inference")]
RESTARTING = ("-m", "watchfiles", "--filter=python", "--sigint-timeout=60")


def prepare_environment() -> None:
    """What every process here is told."""
    if demo.FOR_PHONES:
        raise demo.DemoFailed("PHONE=1 needs HTTPS, which only `make demo` speaks.")
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.dev.settings"  # config.celery has set another
    os.environ.setdefault("VAR_DIR", str(demo.ROOT / "var" / "dev"))
    os.environ.setdefault("LOG_LEVEL", "INFO")


def start(*command: str, **settings: str) -> "subprocess.Popen[bytes]":
    """A child in its own process group (Ctrl-C reaches only us) that writes into this terminal."""
    return subprocess.Popen(
        [sys.executable, *command],
        env={**demo.environment(), **settings},
        cwd=demo.ROOT,
        start_new_session=True,
    )


def run(stopping: threading.Event) -> None:
    """Set up, start, tell, and wait for Ctrl-C."""
    prepare_environment()
    demo.require_free_port()
    demo.say("Setting up the database …")
    demo.manage("migrate", "--verbosity=0")
    demo.manage("load_demo", "--people-only")
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        address = f"{demo.HOST}:{demo.PORT}"
        children["web"] = start("manage.py", "runserver", "--nostatic", address)
        children["worker"] = start(*RESTARTING, shlex.join(WORKER), *WATCHED, SQL_LOG="0")
        children["photos"] = start("manage.py", "load_demo", f"--participants={PEOPLE}")
        demo.tell((demo.var_dir() / "demo.txt").read_text())
        while not stopping.wait(0.5):
            for name in ("web", "worker"):
                if children[name].poll() is not None:
                    raise demo.DemoFailed(f"The {name} stopped; why stands above.")
    finally:
        demo.say("\nStopping …")
        demo.stop(children)
        demo.say(f"Stopped. Everything is kept in {demo.var_dir()}; `make dev` goes on from here.")


if __name__ == "__main__":
    sys.exit(demo.main(run))
