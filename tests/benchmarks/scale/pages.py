"""A child of the benchmark: asks one product for pages, told on its input which.

A line of JSON in, ``{"path": …, "who": "manager" or "site", "fresh": true}``, a line out:
``{"status": …, "ms": …, "queries": …}``. ``fresh`` empties the cache first, so that nobody has
looked before; without it the page is what the next viewer gets.
"""

import json
import os
import sys
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from participants.capture.models import Photo  # noqa: E402
from participants.people.models import Participant  # noqa: E402
from tests.benchmarks.scale.cost import processor_ms  # noqa: E402
from tests.benchmarks.scale.study import CODE, manager, site_coordinator  # noqa: E402


def names() -> dict[str, str]:
    """What stands in the addresses: a participant of the middle, one of their photos."""
    codes = Participant.objects.filter(study__code=CODE).order_by("code")
    code = codes[codes.count() // 2].code
    photo = Photo.objects.filter(visit__participant__code=code).order_by("pk")[0]
    return {"code": code, "photo": str(photo.pk)}


class Asker:
    """Signed in as two people; asks, and says what it cost."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        for name, user in (("manager", manager()), ("site", site_coordinator())):
            self.clients[name] = Client(raise_request_exception=False)
            self.clients[name].force_login(user)
        self.names = names()

    def ask(self, path: str, who: str, fresh: bool, count: bool = False) -> dict[str, Any]:
        if fresh:
            cache.clear()
        if count:
            with CaptureQueriesContext(connection) as captured:
                status = self._get(path, who)
            return {"status": status, "queries": len(captured)}
        before = processor_ms()
        status = self._get(path, who)
        return {"status": status, "ms": processor_ms() - before}

    def _get(self, path: str, who: str) -> int:
        response = self.clients[who].get(path.format(**self.names))
        if response.streaming:
            for _part in response:
                pass
        return response.status_code


def main() -> None:
    settings.ALLOWED_HOSTS = ["*"]
    answers = os.fdopen(os.dup(1), "w")
    sys.stdout = sys.stderr
    asker = Asker()
    for line in sys.stdin:
        answers.write(json.dumps(asker.ask(**json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
