"""The sealed fallback of a study: an envelope for each participant who has an allocation."""

from typing import Any

from django.utils import timezone

from participants.allocation.envelopes import sealed
from participants.allocation.models import Allocation
from studies.platform.actors import Actor
from studies.protocol.models import Study
from studies.record import services as audit


def seal_envelopes(*, study: Study, passphrase: str, by: Actor) -> dict[str, Any]:
    """The file of envelopes, JSON-ready; that it was made is recorded.

    For a command on the server, where the keys are anyway.

    Raises:
        ValueError: the passphrase is too short.
    """
    names = dict(study.arms.values_list("code", "name"))
    rows = Allocation.objects.filter(participant__study=study).select_related("participant")
    arms = {}
    for row in rows.iterator():
        given = row.opened()
        kit = f", kit {given.kit}" if given.kit else ""
        arms[row.participant.code] = f"{given.arm}: {names.get(given.arm, given.arm)}{kit}"
    made = sealed(passphrase, study.code, timezone.now().isoformat(timespec="seconds"), arms)
    audit.record(
        by=by,
        action="allocation.seal_envelopes",
        target=study,
        study=study.code,
        new={"envelopes": len(arms)},
    )
    return made
