"""What must never reach a log: the token of a participant's link."""

import logging
import re

_TOKEN = re.compile(r"(/p/)[A-Za-z0-9_-]{8,}")


class ScrubTokens(logging.Filter):
    """Replace the token in ``/p/<token>/`` by dots, in the message and in its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        scrubbed = _TOKEN.sub(r"\1…", message)
        if scrubbed != message:
            record.msg, record.args = scrubbed, None
        return True
