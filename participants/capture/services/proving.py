"""Photos against what the audit trail told of them."""

from collections.abc import Iterator

from participants.capture.models import Photo
from participants.people.services.recorded import people_and_events
from studies.record.services.rows import Compared, digest_of, problems, recorded_elsewhere

KIND = "photo"
ACTIONS = ("photo.receive", "photo.accept", "photo.hold", "photo.retake_wanted")
COLUMNS = ("sha256", "size", "upright_sha256")


def compared_photos() -> Iterator[Compared]:
    """Photos: their hashes and size are those that were recorded, or what is wrong."""
    for study, people, events in people_and_events(ACTIONS):
        rows = Photo.objects.filter(visit__participant__in=people).order_by("pk")
        for row in rows.values("pk", "visit__participant__code", *COLUMNS):
            key = str(row["pk"])
            recorded = events.get((KIND, key)) or recorded_elsewhere(
                study=study.code, kind=KIND, key=key, actions=ACTIONS
            )
            columns = {name: row[name] for name in COLUMNS}
            yield Compared(
                study=study.code,
                participant=row["visit__participant__code"],
                kind=KIND,
                key=key,
                what=f"photo {key}",
                now=digest_of(columns),
                problems=tuple(problems(recorded, columns, act="received")),
                photo=key,
            )
