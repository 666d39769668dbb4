"""How gunicorn serves: threads for slow phones, no access log (links are secrets)."""

import logging
import os
from typing import Any

wsgi_app = "config.wsgi:application"
bind = os.environ.get("BIND", "127.0.0.1:8000")
# With SQLite and the in-memory cache one process keeps rate limits true; PostgreSQL and Redis
# carry more.
workers = int(os.environ.get("WEB_WORKERS", "1"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 120  # a phone on a slow line sends a chunk this long
graceful_timeout = 20
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
# HTTPS by itself is for the demo on a real phone; in production nginx does it.
certfile = os.environ.get("CERTFILE")
keyfile = os.environ.get("KEYFILE")
accesslog = None
control_socket_disable = True  # nobody runs it by another door; two copies do not share one
errorlog = "-"
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")


def post_worker_init(worker: Any) -> None:
    """Keep links out of gunicorn's own error log, too, which names the address that failed."""
    from config.logging import ScrubTokens  # this file is read before the project can be imported

    logging.getLogger("gunicorn.error").addFilter(ScrubTokens())
