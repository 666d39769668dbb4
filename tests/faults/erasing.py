"""Run inside a stack: ``python -m tests.faults.erasing STEP`` dies (SIGKILL) in that step.

One participant, enrolled and with three photos, asks to be erased; this process takes the work up
like a worker and is gone in the middle of ``STEP``. Without a step it only prints what of all the
erased is still found anywhere.
"""

import json
import os
import signal
import sys
import uuid

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from inference.demo import actions, story  # noqa: E402
from participants.messaging.models import Message  # noqa: E402
from participants.people.models import Participant  # noqa: E402
from participants.privacy.models import RequestWork  # noqa: E402
from participants.privacy.search_terms import SearchTerms, search_terms_from  # noqa: E402
from participants.privacy.services import data_requests, erasure  # noqa: E402
from participants.privacy.services.searching import search_stores  # noqa: E402
from studies.platform import storage, work  # noqa: E402
from studies.protocol.models import Study  # noqa: E402

KEPT = os.path.join(os.environ["VAR_DIR"], "terms.json")  # noqa: PTH118


def die_in(step: str, number: int) -> None:
    study = Study.objects.get(code=story.STUDY)
    actions.enrol(study, story.character(number))
    participant = actions.participant_of(story.character(number))
    visit = participant.visits.get(definition__day_offset=0)
    for view in ("front", "left", "right"):
        actions.send(visit, view, uuid.uuid4(), f"{number} {view}".encode())
    _keep(participant, erasure.gather(participant))
    request = data_requests.ask(participant=participant, kind="erase", by=participant)
    RequestWork.objects.filter(request=request).update(due_at=timezone.now())
    work.perform(RequestWork, request.work.pk, erasure.carry_out)  # waits for the message
    Message.objects.filter(participant=participant).update(state="done")
    RequestWork.objects.filter(request=request).update(due_at=timezone.now())
    erasure.STEPS[step] = lambda *_: _half(participant, step)
    if step == "searched":
        del erasure.STEPS[step]
        erasure._mark = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    work.perform(RequestWork, request.work.pk, erasure.carry_out)


def _half(participant: Participant, step: str) -> None:
    """Some of the step is done, and then nothing more."""
    if step == "files":
        photo = participant.visits.exclude(photos=None).get().photos.first()
        storage.private_storage().delete(photo.original_file)
    elif step == "rows":
        participant.identity.delete()
    os.kill(os.getpid(), signal.SIGKILL)


def _keep(participant: Participant, terms: SearchTerms) -> None:
    with open(KEPT, "a") as file:  # noqa: PTH123
        file.write(json.dumps([participant.pk, terms.as_json()]) + "\n")


def left() -> list[str]:
    found = []
    with open(KEPT) as file:  # noqa: PTH123
        for line in file:
            pk, terms = json.loads(line)
            participant = Participant.objects.get(pk=pk)
            found += search_stores(participant, search_terms_from(terms))
    return [str(one) for one in found if one.store != "record"]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        die_in(sys.argv[1], int(sys.argv[2]))
    else:
        print("LEFT" + json.dumps(left()))
