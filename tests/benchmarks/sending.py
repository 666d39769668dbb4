"""Run inside a stack: ``python -m tests.benchmarks.sending N FIRST [--one-by-one]``."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from inference.demo import actions, story  # noqa: E402
from inference.scoring.models import Run  # noqa: E402
from inference.training.generator.camera import sample_camera  # noqa: E402
from inference.training.generator.face import draw_photo  # noqa: E402
from participants.imaging.decode import encode_clean  # noqa: E402
from participants.people.models import Participant  # noqa: E402
from studies.protocol.models import Study  # noqa: E402

VIEWS = ("front", "left", "right")


def main(number: int, first: int, *, one_by_one: bool) -> None:
    """Send photos ``first`` to ``first + number``, three to a participant."""
    study = Study.objects.get(code=story.STUDY)
    drawn = []
    for one in range(first, first + number):
        who, view = story.character(one // 3 % len(story.SINCE)), VIEWS[one % 3]
        photo = draw_photo(
            who.identity,
            who.severities(0),
            view=view,  # type: ignore[arg-type]
            seed=one,
            camera=sample_camera(one, difficulty="good"),
        )
        drawn.append((one, who, view, encode_clean(photo.pixels, quality=90)))
    for one, who, view, jpeg in drawn:
        if not Participant.objects.filter(request_id=actions.named("screen", who.number)).exists():
            actions.enrol(study, who)
        visit = (
            actions.participant_of(who)
            .visits.select_related("participant", "definition")
            .get(definition__day_offset=0)
        )
        photo_id = actions.named("bench", one)
        actions.send(visit, view, photo_id, jpeg)
        while one_by_one and not Run.objects.filter(photo=photo_id, state="done").exists():
            time.sleep(0.02)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), one_by_one="--one-by-one" in sys.argv)
