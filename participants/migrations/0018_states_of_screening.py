"""Who was “screened” is eligible or a screen failure now, and each screening is in the log.

The state rested on the screening's answers, which stay as they are. Nobody loses anything: who was
found eligible can be enrolled as before, who was not could never be. Somebody without answers is
in screening. Enrolled, completed, withdrawn and erased people stay what they are; a withdrawn one
who never was enrolled has an attempt whose outcome is what the answers said.
"""

from typing import Any

from django.db import migrations


def map_states(apps: Any, schema_editor: Any) -> None:
    people = apps.get_model("participants", "Participant")
    screenings = apps.get_model("participants", "Screening")
    attempt_model = apps.get_model("participants", "ScreeningAttempt")
    screened = people.objects.filter(state="screened")
    for eligible, state in ((True, "eligible"), (False, "screen_failure")):
        answered = screenings.objects.filter(eligible=eligible).values("participant")
        screened.filter(pk__in=answered).update(state=state)
    screened.update(state="screening")
    made = []
    rows = screenings.objects.select_related("participant").order_by("pk")
    for row in rows.iterator(chunk_size=500):
        made.append(_attempt(attempt_model, row))
        if len(made) == 500:
            attempt_model.objects.bulk_create(made)
            made = []
    attempt_model.objects.bulk_create(made)
    without = people.objects.filter(state="screening")
    attempt_model.objects.bulk_create(
        attempt_model(participant=one, number=1, began_on=one.screened_at.date()) for one in without
    )


def _attempt(attempt_model: Any, row: Any) -> Any:
    enrolled = row.participant.enrolled_on is not None
    unmet = [line for line in row.answers if not line.get("met")]
    said = "; ".join(f"{line.get('kind')}: {line.get('text')}" for line in unmet)
    if enrolled:
        outcome = "enrolled"
    else:
        outcome = "eligible" if row.eligible else "failure"
    failed = outcome == "failure"
    return attempt_model(
        participant_id=row.participant_id,
        number=1,
        began_on=row.at.date(),
        outcome=outcome,
        decided_at=row.at,
        failure="criteria" if failed else "",
        failure_reason=said[:500] if failed else "",
        begun_by_id=row.by_id,
    )


def map_back(apps: Any, schema_editor: Any) -> None:
    apps.get_model("participants", "Participant").objects.filter(
        state__in=("pre_screened", "consenting", "screening", "eligible", "screen_failure")
    ).update(state="screened")


class Migration(migrations.Migration):
    dependencies = [("participants", "0017_screening_order")]

    operations = [migrations.RunPython(map_states, map_back)]
