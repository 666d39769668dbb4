"""A participant whose photos are scored."""

from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from participants.capture.models import Photo
from participants.imaging.decode import encode_clean
from studies.platform.storage import store
from tests.conftest import Team
from tests.inference.scoring.factories import RunFactory
from tests.inference.scoring.photos import astronaut, make_visit, real_photo, score_now, tiny, use


@pytest.fixture
def scored(team: Team, tmp_path: Path, live_server: LiveServer) -> Photo:
    """A participant of SG01 with two scored visits, a missed one between, and one failed run."""
    package = tiny(tmp_path)
    use(team.study, package)
    photos = []
    for week in (0, 2):
        photo = real_photo(make_visit(team.sg01, visit=f"week-{week}", day=7 * week))
        small = encode_clean(astronaut().pixels, max_side=480)
        photo.thumbnail_file, _ = store("thumbnails", str(photo.pk), small, suffix=".jpg")
        photo.save()
        score_now(photo)
        photos.append(photo)
    make_visit(team.sg01, visit="week-1", day=7).move("missed")
    RunFactory(
        photo__visit=photos[0].visit,
        photo__view="left",
        package=package,
        state="quarantined",
        last_error="The network gave NaN for melasma.",
    )
    return photos[-1]
