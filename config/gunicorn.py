"""How gunicorn serves: threads for slow phones, no access log (links are secrets)."""

import logging
import os
import sys
from pathlib import Path
from typing import Any

import environ


class Env(environ.Env):  # type: ignore[misc]
    """A copy: what ``.env`` says is read by each worker anew, not handed down by this process."""

    ENVIRON: Any = dict(os.environ)


env = Env()
Env.read_env(env.str("ENV_FILE", default=str(Path(__file__).resolve().parent.parent / ".env")))

wsgi_app = "config.wsgi:application"
bind = env.str("BIND", default="127.0.0.1:8000")
# With SQLite and the in-memory cache one process keeps rate limits true; PostgreSQL and Redis
# carry more.
workers = env.int("WEB_WORKERS", default=1)
worker_class = "gthread"
threads = env.int("WEB_THREADS", default=8)
timeout = 120  # a phone on a slow line sends a chunk this long
graceful_timeout = 20
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
# HTTPS by itself is for the demo on a real phone; in production nginx does it.
certfile = env.str("CERTFILE", default="") or None
keyfile = env.str("KEYFILE", default="") or None
accesslog = None
control_socket_disable = True  # nobody runs it by another door; two copies do not share one
errorlog = "-"
forwarded_allow_ips = env.str("FORWARDED_ALLOW_IPS", default="127.0.0.1")


def on_starting(server: Any) -> None:
    """Tell everything that is missing once, in words, instead of a traceback from each worker."""
    from config.wanted import missing  # as below

    def read(name: str) -> str:
        return str(env.str(name, default="") or env.str(f"{name}_FILE", default=""))

    if env.str("GSH_ENV", default="production") == "production" and (absent := missing(read)):
        sys.exit(absent)


def post_worker_init(worker: Any) -> None:
    """Refuse a database of another version; the exit code makes gunicorn stop, not try again.

    Links are kept out of gunicorn's own error log, too, which names the address that failed.
    """
    from config.logging import ScrubTokens  # this file is read before the project can be imported
    from studies.platform.versions import require_this_version

    logging.getLogger("gunicorn.error").addFilter(ScrubTokens())
    require_this_version()
