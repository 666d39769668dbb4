"""Every guard of the services is taken out, one at a time, and the table of services tells.

`services_table.py` says who may what; this says that refusals come from the service's own guard,
and that no service with a guard is missing from it.
"""

import pytest

from studies.platform.actors import Actor
from tests.inference.exports import test_rights as exported
from tests.rights import test_services as services
from tests.rights.guards import Guard, guards, without
from tests.rights.services_table import SERVICES, Row
from tests.rights.test_services import people_of, world, wrongs
from tests.rights.world import World

__all__ = ["world"]

# What services share, by one that reaches it.
REACHED_BY = {
    "_changed": "change_question",
    "_lock_draft": "edit_amendment",
    "_counted": "strike",
    "_fallen_short": "admit_reader",
    "_locked": "send_reminder",
    "_own": "answer_check",
    "begin": "correct_details",
    "draft_of": "edit_reading_study",
    "_lock_noted": "add_photo_note",
    "lock_participant": "mark_missed",
}
_EXPORTS = "inference.exports.services.exports"
_ARMS = exported.test_the_arm_is_told_to_who_may_see_arms
_SECOND = services.test_a_second_right_is_asked_for_by_itself
_AT = "study=participant.study, site=participant.site"
_CORRECTING = "participants.correcting.services"
# Of rights that whoever has the first has in every role of today: the tests that take them away.
ELSEWHERE = {
    f"{_CORRECTING}.day_0.correct_day_0: require(by, Permission.VISIT_EDIT, {_AT})": _SECOND,
    f"{_CORRECTING}.withdrawal.undo_withdrawal: require(by, Permission.CONSENT_RECORD, {_AT})": (
        _SECOND
    ),
    f"{_CORRECTING}.visit_day.correct_visit_day: require(by, Permission.VISIT_EDIT, {_AT})": (
        _SECOND
    ),
    "participants.enrolment.services.bulk._take: "
    "require(by, Permission.IDENTITY_VIEW, study=site.study, site=site)": (
        services.test_a_name_in_a_list_needs_a_right_of_its_own
    ),
    f"{_EXPORTS}.export_file: require_arms(study, filters, by)": _ARMS,
    f"{_EXPORTS}.count_rows: require_arms(study, filters, by)": _ARMS,
    f"{_EXPORTS}.export_file: require(by, Permission.SCORE_VIEW, study=study)": (
        exported.test_scores_leave_only_with_their_right
    ),
}


def rows_of(guard: Guard) -> dict[str, Row]:
    """The rows of the table that call the guard's function."""
    name = guard.function.rpartition(".")[2]
    name = REACHED_BY.get(name, name)
    return {
        key: row
        for key, row in SERVICES.items()
        if key == name or name in row.act.__code__.co_names
    }


def test_every_service_with_a_guard_is_in_the_table() -> None:
    found = {str(guard): guard for guard in guards() if str(guard) not in ELSEWHERE}
    assert [name for name, guard in found.items() if not rows_of(guard)] == []


@pytest.mark.slow
@pytest.mark.django_db
def test_no_guard_can_be_taken_out_unnoticed(world: World) -> None:
    people = people_of(world)
    unnoticed, elsewhere = [], []
    for guard in guards():
        with without(guard):
            if str(guard) in ELSEWHERE:
                elsewhere.append(str(guard))
            elif not _noticed(world, people, rows_of(guard)):
                unnoticed.append(str(guard))
    assert not unnoticed, "\n".join(unnoticed)
    assert sorted(elsewhere) == sorted(ELSEWHERE)


def _noticed(world: World, people: dict[str, Actor], rows: dict[str, Row]) -> bool:
    """Whether the table tells; what breaks further in was not refused either."""
    try:
        return bool(wrongs(world, people, rows))
    except Exception:
        return True
