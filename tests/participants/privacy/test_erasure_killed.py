"""An erasure whose worker is killed at any step is finished by another."""

import pytest
from django.utils import timezone

from participants.people.models import Identity
from participants.privacy.models import RequestWork
from participants.privacy.services import erasure
from participants.privacy.services.searching import search_stores
from studies.platform import work
from studies.record.models import AuditEvent
from tests.participants.privacy.erasing import Filled, ask_to_erase, canaries_of, carry_out

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The worker is gone: nothing after it happens, no exception handler, no clean-up."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", [*erasure.STEPS, "mark"])
def test_a_worker_killed_at_any_step_is_taken_over(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    siti = filled.participant
    terms = canaries_of(siti)
    request = ask_to_erase(siti)
    mark = erasure._mark
    real = mark if step == "mark" else erasure.STEPS[step]

    def dies(*args: object) -> None:
        if when == "after":
            real(*args)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patch:
        if step == "mark":
            patch.setattr(erasure, "_mark", dies)
        else:
            patch.setitem(erasure.STEPS, step, dies)
        with pytest.raises(Killed):
            carry_out(request)
    row = RequestWork.objects.get(request=request)
    assert row.state == "running", "its lease runs out, nobody gave it back"
    RequestWork.objects.update(lease_until=timezone.now())

    assert carry_out(request).state == "done"

    assert [found for found in search_stores(siti, terms) if found.store != "record"] == []
    assert request.counts["photos"] == 3
    assert AuditEvent.objects.filter(action="participant.erase").count() == 1


def test_what_lost_its_lease_writes_nothing(filled: Filled) -> None:
    request = ask_to_erase(filled.participant)
    RequestWork.objects.update(due_at=timezone.now())
    claim = work.claim(RequestWork, request.work.pk)
    assert claim is not None
    RequestWork.objects.update(token=claim.token + 1)
    with pytest.raises(work.LeaseLost):
        erasure.carry_out(claim)
    assert Identity.objects.exists()
