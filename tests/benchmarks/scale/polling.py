"""A child of the benchmark: people who leave the overview open while work goes on.

Each asks for the live part again as often as the page tells the browser to. Prints a line of JSON:
the share of one core that all of them cost together, Python's and PostgreSQL's.
"""

import heapq
import json
import re
import time
from html import unescape

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from inference.scoring.models import Run  # noqa: E402
from tests.benchmarks.scale.cost import processor_ms  # noqa: E402
from tests.benchmarks.scale.study import CODE, manager  # noqa: E402

PEOPLE, SECONDS = 10, 60.0


def asks_again(page: str) -> tuple[str, float]:
    """The address of the live part, and after how many seconds it is asked for."""
    address = re.findall(r'hx-get="([^"]*/live/[^"]*)"', page)[0]
    seconds = float(re.findall(r'hx-trigger="every (\d+)s"', page)[0])
    return unescape(address), seconds


def poll() -> dict[str, float]:
    """Everybody opens the page at another moment, then ``SECONDS`` of looking again."""
    clients = [Client() for _ in range(PEOPLE)]
    began = time.monotonic()
    due: list[tuple[float, int, str]] = []
    for place, client in enumerate(clients):
        client.force_login(manager())
        page = client.get(f"/studies/{CODE}/").content.decode()
        address, seconds = asks_again(page)
        heapq.heappush(due, (time.monotonic() + seconds * (place + 1) / PEOPLE, place, address))
    began, before, number = time.monotonic(), processor_ms(), 0
    while due[0][0] < began + SECONDS:
        at, place, address = heapq.heappop(due)
        time.sleep(max(0.0, at - time.monotonic()))
        address, seconds = asks_again(clients[place].get(address).content.decode())
        heapq.heappush(due, (time.monotonic() + seconds, place, address))
        number += 1
    took = (time.monotonic() - began) * 1000
    return {"share": (processor_ms() - before) / took, "asked": number, "people": PEOPLE}


def main() -> None:
    settings.ALLOWED_HOSTS = ["*"]
    cache.clear()
    with transaction.atomic():  # a run that waits all the while, and was never there
        run = Run.objects.filter(photo__visit__participant__study__code=CODE).first()
        assert run is not None
        Run.objects.filter(pk=run.pk).update(state="queued", due_at=timezone.now())
        print(json.dumps(poll()), flush=True)
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
