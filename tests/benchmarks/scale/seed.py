"""Seed the study BIG into a migrated product that holds the demonstration's people.

``python -m tests.benchmarks.scale.seed --scores 1000000``, with the product's environment. The
same every time but for the days, which end today.
"""

import argparse
import hashlib
import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from inference.packages.models import ModelPackage  # noqa: E402
from inference.pipeline.recipe import get_recipe  # noqa: E402
from inference.scoring.models import ActivationMap, Run, Score  # noqa: E402
from participants.allocation.models import Allocation, whose  # noqa: E402
from participants.allocation.sealed import Given, seal  # noqa: E402
from participants.capture.models import Photo, PhotoCheck  # noqa: E402
from participants.consent.models import Consent  # noqa: E402
from participants.people.models import Participant, Screening  # noqa: E402
from participants.visits.models import Visit  # noqa: E402
from studies.protocol.models import Site, Study, VisitDefinition  # noqa: E402
from tests.benchmarks.scale.bulk import insert, next_key  # noqa: E402
from tests.benchmarks.scale.pattern import dumped, make_pattern  # noqa: E402
from tests.benchmarks.scale.record import RecordSeeder  # noqa: E402
from tests.benchmarks.scale.study import CODE, Seeded, make_study, manager  # noqa: E402

PER_PHOTO = 14  # scores a photo: the whole face by eight conditions, and some regions
BESIDE = 0.3  # share of photos that a second package has scored too, the whole face
ROUND = timedelta(seconds=1)
DONE: dict[str, Any] = {"state": "done", "attempts": 1, "token": 1}


@dataclass(frozen=True)
class Taken:
    """A photo to be: whose, at which visit, of what, when."""

    pk: uuid.UUID
    participant: int
    visit: int
    view: str
    at: datetime

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.pk.bytes).hexdigest()


class Seeder:
    """Writes the rows of one study, table by table."""

    def __init__(self, made: Seeded, participants: int) -> None:
        self.made, self.number = made, participants
        self.random = random.Random(7)
        self.first = {
            m: next_key(m)
            for m in (
                Participant,
                Allocation,
                Screening,
                Consent,
                Visit,
                PhotoCheck,
                Run,
                Score,
                ActivationMap,
            )
        }
        today = timezone.now().date()
        self.enrolled = [
            today - timedelta(days=70 + self.random.randrange(200) if place % 10 else 56)
            for place in range(participants)
        ]
        self.views = sorted({view for d in made.definitions for view in d.views})
        self.patterns = {view: make_pattern(view, made.packages[0]) for view in self.views}
        self.photos = list(self._photos())
        # Asked before the rows: no query is possible in the middle of a COPY.
        self.by = manager()
        self.document = made.study.consent_documents.get(language="en")
        self.conditions = list(made.study.conditions.values_list("pk", flat=True))

    def write(self) -> None:
        """Everything but the record."""
        for model, rows in (
            (Participant, self._participants()),
            (Allocation, self._allocations()),
            (Screening, self._screenings()),
            (Consent, self._consents()),
            (Visit, self._visits()),
            (Photo, self._photo_rows()),
            (PhotoCheck, self._checks()),
            (Run, self._runs()),
            (Score, self._scores()),
            (ActivationMap, self._maps()),
        ):
            began = time.perf_counter()
            number = insert(model, rows)
            print(f"{model.__name__}: {number} in {time.perf_counter() - began:.0f} s", flush=True)

    def site(self, place: int) -> Site:
        return self.made.sites[place % len(self.made.sites)]

    def code(self, place: int) -> str:
        return f"{self.site(place).code}-{place // len(self.made.sites) + 1:04d}"

    def _at(self, day: date, hour: int) -> datetime:
        minute, second = self.random.randrange(60), self.random.randrange(60)
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)

    def _open(self, place: int, visit: int) -> bool:
        """Every tenth participant has the last visit still before them."""
        return place % 10 == 0 and visit == len(self.made.definitions) - 1

    def _participants(self) -> Iterator[dict[str, Any]]:
        for place in range(self.number):
            yield {
                "id": self.first[Participant] + place,
                "study_id": self.made.study.pk,
                "site_id": self.site(place).pk,
                "code": self.code(place),
                "state": "enrolled",
                "year_of_birth": 1960 + place % 45,
                "sex": "female" if place % 3 else "male",
                "ethnicity": "chinese",
                "fitzpatrick": 1 + place % 6,
                "monk_tone": 1 + place % 10,
                "screened_at": self._at(self.enrolled[place], 3),
                "enrolled_on": self.enrolled[place],
            }

    def _allocations(self) -> Iterator[dict[str, Any]]:
        arms = self.made.arms
        for place in range(self.number if arms else 0):
            participant = self.first[Participant] + place
            code = arms[place // len(self.made.sites) % len(arms)].code
            yield {
                "id": self.first[Allocation] + place,
                "participant_id": participant,
                "method": "hand",
                "sealed": seal(whose(participant), Given(code)),
            }

    def _screenings(self) -> Iterator[dict[str, Any]]:
        by, nothing = self.by.pk, dumped([])
        for place in range(self.number):
            yield {
                "id": self.first[Screening] + place,
                "participant_id": self.first[Participant] + place,
                "answers": nothing,
                "eligible": True,
                "at": self._at(self.enrolled[place], 3),
                "by_id": by,
            }

    def _consents(self) -> Iterator[dict[str, Any]]:
        by, document, agreed = self.by.pk, self.document, dumped({"ai_scoring": True})
        for place in range(self.number):
            yield {
                "id": self.first[Consent] + place,
                "participant_id": self.first[Participant] + place,
                "document_id": document.pk,
                "document_sha256": document.sha256,
                "state": "given",
                "choices": agreed,
                "sealed_name": b"x",
                "pdf_file": "x.pdf",
                "pdf_sha256": "0" * 64,
                "given_at": self._at(self.enrolled[place], 3),
                "recorded_by_id": by,
            }

    def _visits(self) -> Iterator[dict[str, Any]]:
        number = len(self.made.definitions)
        for place in range(self.number):
            for visit, definition in enumerate(self.made.definitions):
                on = self.enrolled[place] + timedelta(days=definition.day_offset)
                waits = self._open(place, visit)
                yield {
                    "id": self.first[Visit] + place * number + visit,
                    "participant_id": self.first[Participant] + place,
                    "definition_id": definition.pk,
                    "state": "due" if waits else "complete",
                    "scheduled_on": on,
                    "opens_on": on - timedelta(days=definition.window_before),
                    "closes_on": on + timedelta(days=definition.window_after),
                    "started_at": None if waits else self._at(on, 3),
                    "completed_at": None if waits else self._at(on, 4),
                }

    def _photos(self) -> Iterator[Taken]:
        for place in range(self.number):
            for visit, definition in enumerate(self.made.definitions):
                if self._open(place, visit):
                    continue
                on = self.enrolled[place] + timedelta(days=definition.day_offset)
                for view in definition.views:
                    pk = uuid.UUID(int=self.random.getrandbits(128), version=4)
                    yield Taken(pk, place, visit, view, self._at(on, 4))

    def _photo_rows(self) -> Iterator[dict[str, Any]]:
        number = len(self.made.definitions)
        for taken in self.photos:
            pattern, sha = self.patterns[taken.view], taken.sha256
            yield {
                "id": taken.pk,
                "visit_id": self.first[Visit] + taken.participant * number + taken.visit,
                "view": taken.view,
                "state": "accepted",
                "original_file": f"originals/{taken.pk}/{sha}.jpg",
                "sha256": sha,
                "size": 3_000_000,
                "received_at": taken.at,
                "capture": pattern.capture,
                "upright_file": f"uprights/{taken.pk}/{sha}.jpg",
                "upright_sha256": sha,
                "thumbnail_file": f"thumbnails/{taken.pk}/{sha}.jpg",
                "format": "JPEG",
                "width": 3024,
                "height": 4032,
                "taken_at": taken.at,
                "camera_make": "Maker",
                "camera_model": "Phone 9",
                "quality": pattern.quality,
                "landmarks_file": f"landmarks/{taken.pk}/{sha}.npy",
            }

    def _checks(self) -> Iterator[dict[str, Any]]:
        for place, taken in enumerate(self.photos):
            yield {"id": self.first[PhotoCheck] + place, "photo_id": taken.pk, **_done(taken, 1)}

    def _run(self, pk: int, package: ModelPackage, taken: Taken, seconds: int) -> dict[str, Any]:
        pattern = self.patterns[taken.view]
        return {
            "id": pk,
            "photo_id": taken.pk,
            "package_id": package.pk,
            "recipe": package.recipe,
            "recipe_sha256": get_recipe(package.recipe).sha256,
            "model_sha256": package.sha256,
            "photo_sha256": taken.sha256,
            "runtime": pattern.runtime,
            "timings": pattern.timings,
            "measured": pattern.measured,
            **_done(taken, seconds),
        }

    def _beside(self) -> list[Taken]:
        """The photos the second package has scored, the same ones each time."""
        chosen = random.Random(8).sample(range(len(self.photos)), int(len(self.photos) * BESIDE))
        return [self.photos[place] for place in sorted(chosen)]

    def _runs(self) -> Iterator[dict[str, Any]]:
        first, second = self.made.packages
        start = self.first[Run]
        for pk, taken in enumerate(self.photos, start):
            yield self._run(pk, first, taken, 2)
        for pk, taken in enumerate(self._beside(), start + len(self.photos)):
            yield self._run(pk, second, taken, 3)

    def _scores(self) -> Iterator[dict[str, Any]]:
        pk, run = self.first[Score], self.first[Run]
        for taken in self.photos:
            for score in self.patterns[taken.view].scores[:PER_PHOTO]:
                yield {"id": pk, "run_id": run, **score, **self._severity(score)}
                pk += 1
            run += 1
        for taken in self._beside():
            for score in self.patterns[taken.view].scores:
                if score["region"] == "face":
                    yield {"id": pk, "run_id": run, **score, **self._severity(score)}
                    pk += 1
            run += 1

    def _severity(self, score: dict[str, Any]) -> dict[str, float]:
        return {"severity": min(100.0, max(0.0, score["severity"] + self.random.gauss(0, 8)))}

    def _maps(self) -> Iterator[dict[str, Any]]:
        pk = self.first[ActivationMap]
        for place, taken in enumerate(self.photos):
            for condition in self.conditions:
                file = f"maps/{taken.pk}/{taken.sha256}.png"
                run = self.first[Run] + place
                yield {"id": pk, "run_id": run, "condition_id": condition, "file": file}
                pk += 1

    def write_record(self, number: int) -> None:
        """A chain of ``number`` events about these photos."""
        seeder = RecordSeeder(
            study=CODE,
            photos=self.photos,
            code=self.code,
            site=lambda place: str(self.site(place).code),
            random=self.random,
        )
        seeder.write(number)


def _done(taken: Taken, seconds: int) -> dict[str, Any]:
    at = taken.at
    return {
        **DONE,
        "due_at": at,
        "created_at": at,
        "started_at": at + ROUND,
        "finished_at": at + ROUND * seconds,
    }


def participants_for(
    scores: int, definitions: list[VisitDefinition], patterns: int = PER_PHOTO
) -> int:
    """How many participants of this schedule make about so many scores."""
    photos = sum(len(definition.views) for definition in definitions)
    return max(1, round(scores / (photos * (patterns + BESIDE * 8))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=int, required=True)
    parser.add_argument("--sites", type=int, default=12)
    given = parser.parse_args()
    like = Study.objects.get(code="MEL-8")
    participants = participants_for(given.scores, list(like.visit_definitions.all()))
    seeder = Seeder(make_study(given.sites, participants), participants)
    seeder.write()
    seeder.write_record(given.scores)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    print(f"scores: {Score.objects.count()}", flush=True)


if __name__ == "__main__":
    main()
