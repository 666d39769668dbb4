"""The arm of each participant becomes a sealed allocation, given by hand.

The moment is not known, so it stays empty. IDENTITY_KEYS has to be set, as for names and contacts.
Sealed as ``participants.allocation.sealed`` did when this was written.
"""

import json

from django.db import migrations

from studies.platform.sealing import opened_as, seal_as


def _whose(participant: int) -> bytes:
    return f"allocation of participant {participant}\n".encode()


def seal_arms(apps, schema_editor):  # type: ignore[no-untyped-def]
    participants = apps.get_model("participants", "Participant").objects
    allocations = apps.get_model("participants", "Allocation").objects
    rows = participants.filter(arm__isnull=False).order_by("pk").values_list("pk", "arm__code")
    made = (
        allocations.model(
            participant_id=pk,
            method="hand",
            sealed=seal_as(_whose(pk), json.dumps({"arm": code, "kit": ""}).ljust(160).encode()),
        )
        for pk, code in rows.iterator()
    )
    allocations.bulk_create(made, batch_size=500)


def arms_again(apps, schema_editor):  # type: ignore[no-untyped-def]
    arms = apps.get_model("studies", "Arm").objects
    participants = apps.get_model("participants", "Participant").objects
    for row in apps.get_model("participants", "Allocation").objects.select_related("participant"):
        given = json.loads(opened_as(_whose(row.participant_id), bytes(row.sealed)))
        arm = arms.get(study=row.participant.study_id, code=given["arm"])
        participants.filter(pk=row.participant_id).update(arm=arm)


class Migration(migrations.Migration):
    dependencies = [("participants", "0030_allocation")]
    operations = [migrations.RunPython(seal_arms, arms_again)]
