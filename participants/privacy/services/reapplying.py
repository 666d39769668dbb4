"""After a restore: erasing again who was erased, whichever of database and files is older."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.privacy.search_terms import hex_ids
from participants.privacy.services import data_requests, erasure
from studies.platform import storage
from studies.platform.actors import SYSTEM

REASON = "A backup was restored that is older than the erasure."


@dataclass(frozen=True, order=True)
class Erased:
    """Who was erased: the study's code and the participant's, nothing more."""

    study: str
    participant: str


@dataclass(frozen=True)
class Reapplied:
    """What was done for one of them: ``asked`` anew, files ``removed``, or ``unknown`` here."""

    who: Erased
    what: str
    files: int = 0


def erased_list() -> list[Erased]:
    """Everyone the database or the files know to be erased."""
    rows = Participant.objects.filter(state=Participant.State.ERASED)
    known = {Erased(study, code) for study, code in rows.values_list("study__code", "code")}
    return sorted(known | set(_marks()))


def _marks() -> Iterator[Erased]:
    for name in storage.stored_names():
        if name.startswith(f"{erasure.MARKS}/") and name.endswith(".json"):
            mark = json.loads(storage.read(name))
            yield Erased(mark["study"], mark["participant"])


def reapply(people: Iterable[Erased]) -> Iterator[Reapplied]:
    """Erase again each of ``people``; done twice, it does nothing more.

    Where the database is older than the erasure, the erasure is asked for anew and carried out at
    once by a worker. Where the files are older, what came back is removed here: the audit trail
    knows the ids of the photos.
    """
    for who in people:
        participants = Participant.objects.filter(study__code=who.study, code=who.participant)
        participant = participants.select_related("study", "site").first()
        if participant is None:
            yield Reapplied(who, "unknown")
        elif participant.state == Participant.State.ERASED:
            photos = hex_ids(erasure.photo_ids_in_record(participant))
            files = erasure.remove_stored(participant, photos)
            if files:
                record_about(participant, "participant.erase_again", by=SYSTEM, reason=REASON)
            yield Reapplied(who, "removed", files)
        else:
            asked = data_requests.ask(
                participant=participant, kind="erase", by=SYSTEM, reason=REASON
            )
            if data_requests.may_be_taken_back(asked):
                data_requests.carry_out_now(request=asked, by=SYSTEM)
            yield Reapplied(who, "asked")
