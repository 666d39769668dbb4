"""Warnings: what a service does only once somebody has said that it is meant.

A service that finds something unlikely, though not forbidden, names it; the form shows each as a
box to tick (``studies.platform.forms``), and the ticks come back as ``confirmed``. A key holds what
it is about, as the day that was typed: ticked for one day, it says nothing of another.
"""

from collections.abc import Collection, Mapping

from studies.platform.errors import Invalid

Confirmed = Collection[str] | None


class Unconfirmed(Invalid):
    """Something looks like a mistake, and nobody has said yet that it is none.

    ``doubts`` maps a key to the sentence with which a person confirms it.
    """

    code = "unconfirmed"
    title = "Please look again"

    def __init__(self, doubts: Mapping[str, str]) -> None:
        super().__init__(
            "Nothing was saved yet. Please look again, and confirm what is meant as it is.",
            detail={"confirm": dict(doubts)},
        )
        self.doubts = dict(doubts)


def require_confirmed(doubts: Mapping[str, str], confirmed: Confirmed) -> list[str]:
    """Refuse unless each of ``doubts`` is among ``confirmed``; return the keys, for the record.

    ``confirmed`` is ``None`` where there is nobody to ask: a command, or another service.

    Raises:
        Unconfirmed: with those that are not.
    """
    if confirmed is not None and set(doubts) - set(confirmed):
        raise Unconfirmed(doubts)
    return sorted(doubts)
