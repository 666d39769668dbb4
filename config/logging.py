"""What must never reach a log: tokens of participants' links and of links that set passwords."""

import logging
import re

_TOKEN = re.compile(r"(/p/|/accounts/password/reset/key/)[A-Za-z0-9_-]{8,}")


class ScrubTokens(logging.Filter):
    """Replace the token in an address by dots, in the message and in its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        scrubbed = _TOKEN.sub(r"\1…", message)
        if scrubbed != message:
            record.msg, record.args = scrubbed, None
        return True
