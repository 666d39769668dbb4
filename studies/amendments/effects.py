"""What an amendment would do, as later rooms tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from studies.amendments.models import Amendment
from studies.amendments.signals import effects_asked
from studies.protocol.models import Site


@dataclass(frozen=True)
class Effect:
    """One sentence of what an amendment would do."""

    sentence: str


def effects(amendment: Amendment, sites: Sequence[Site], on: date) -> list[Effect]:
    """What ``amendment`` would do at ``sites`` together if its first day there were ``on``."""
    listed: list[Effect] = []
    for _receiver, answer in effects_asked.send(
        sender=Amendment, amendment=amendment, sites=sites, on=on
    ):
        listed += cast("list[Effect] | None", answer) or []
    return listed
