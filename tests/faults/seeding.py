"""Run inside a stack: ``python -m tests.faults.seeding N`` enrols N people who send three photos.

Everything goes through the services, as from the pages. The faces of one person serve all; a
different JPEG quality makes each file another.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from inference.demo import actions, story  # noqa: E402
from inference.training.generator.camera import sample_camera  # noqa: E402
from inference.training.generator.face import draw_photo  # noqa: E402
from participants.imaging.decode import encode_clean  # noqa: E402
from studies.protocol.models import Study  # noqa: E402

QUALITIES = range(80, 99)


def main(number: int) -> None:
    study = Study.objects.get(code=story.STUDY)
    who = story.character(0)
    drawn = {
        view: draw_photo(
            who.identity,
            who.severities(0),
            view=view,  # type: ignore[arg-type]
            seed=7,
            camera=sample_camera(7, difficulty="good"),
            width=540,
            height=720,
        ).pixels
        for view in ("front", "left", "right")
    }
    sent = []
    for one in range(number):
        actions.enrol(study, story.character(one))
        visit = (
            actions.participant_of(story.character(one))
            .visits.select_related("participant", "definition")
            .get(definition__day_offset=0)
        )
        for view, pixels in drawn.items():
            photo_id = actions.named("fault", one, view)
            actions.send(visit, view, photo_id, encode_clean(pixels, quality=QUALITIES[one]))
            sent.append(str(photo_id))
    print("SENT" + json.dumps(sent))


if __name__ == "__main__":
    main(int(sys.argv[1]))
