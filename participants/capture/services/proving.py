"""Photos against what the audit trail told of them."""

from collections.abc import Iterator

from participants.capture.models import Photo
from participants.people.services.recorded import people_and_events
from studies.record.services.rows import Differs, problems

ACTIONS = ("photo.receive", "photo.accept", "photo.hold", "photo.retake_wanted")
COLUMNS = ("sha256", "size", "upright_sha256")


def edited_photos() -> Iterator[Differs]:
    """Photos whose hashes or size are not those that were recorded, or that nothing recorded."""
    for study, people, events in people_and_events(ACTIONS):
        rows = Photo.objects.filter(visit__participant__in=people).order_by("pk")
        for row in rows.values("pk", "visit__participant__code", *COLUMNS):
            recorded = events.get(("photo", str(row["pk"])))
            columns = {name: row[name] for name in COLUMNS}
            for problem in problems(recorded, columns, act="received"):
                code = row["visit__participant__code"]
                yield Differs(study.code, code, f"photo {row['pk']}", problem)
