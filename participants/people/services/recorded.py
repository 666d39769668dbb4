"""Participants with what the audit trail told of their rows, some at a time."""

from collections.abc import Collection, Iterator

from participants.people.models import Participant
from studies.protocol.models import Study
from studies.record.services.rows import Events, recorded_of

PEOPLE = 100


def people_and_events(actions: Collection[str]) -> Iterator[tuple[Study, list[int], Events]]:
    """Each study's participants (keys), a hundred at a time, and what ``actions`` told of them."""
    for study in Study.objects.order_by("code"):
        people = Participant.objects.filter(study=study).order_by("pk").values_list("pk", "code")
        last = 0
        while some := list(people.filter(pk__gt=last)[:PEOPLE]):
            last = some[-1][0]
            codes = [code for _, code in some]
            events = recorded_of(study=study.code, participants=codes, actions=actions)
            yield study, [pk for pk, _ in some], events
