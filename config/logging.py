"""What must never reach a log: tokens of participants' links, receipts, calendars and of the
addresses that stop messages, and of links that set passwords.
"""

import logging
import re
from typing import Any

_TOKEN = re.compile(
    r"(/p/|/r/|/my/feed/|/my/off/|/accounts/password/reset/key/)[A-Za-z0-9_:.-]{8,}"
)


class ScrubTokens(logging.Filter):
    """Replace the token in an address by dots, in the message and in its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        scrubbed = _TOKEN.sub(r"\1…", message)
        if scrubbed != message:
            record.msg, record.args = scrubbed, None
        return True


class OneLine(logging.Filter):
    """Without a traceback: anybody can ask for a host that is not ours, and many do."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True


def logging_settings(level: str) -> dict[str, Any]:
    """Django's ``LOGGING``: lines on the console, without tokens."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "scrub": {"()": "config.logging.ScrubTokens"},
            "one_line": {"()": "config.logging.OneLine"},
        },
        "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["scrub"]}
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            name: {"handlers": ["console"], "level": "INFO", "propagate": False}
            # Each of these would else print request lines, and so tokens, past the filter.
            for name in ("django", "django.server", "gunicorn.access")
        }
        | {"django.security.DisallowedHost": {"filters": ["one_line"]}}
        # Its lines name the addresses of people's phones at push services.
        | {"urllib3": {"level": "WARNING"}},
    }
