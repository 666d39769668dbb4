import numpy as np
import pytest

from inference.pipeline.assessed import visible_regions
from inference.pipeline.outlines import region_outlines
from inference.pipeline.regions import find_regions
from tests.inference.pipeline.test_regions import HEIGHT, WIDTH, landmarks, photo

FRAME = (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("view", "points"),
    [
        ("front", landmarks()),
        ("left", landmarks(yaw=-37)),
        ("right", landmarks(yaw=37)),
        ("front", landmarks(yaw=50)),
        ("front", landmarks(centre=(60, HEIGHT / 2))),
        ("front", landmarks(scale=0.5)),
    ],
)
def test_what_is_seen_is_what_the_pipeline_cuts(view, points):
    found = region_outlines(points, view, frame=FRAME)
    cut = find_regions(photo(), points, view)
    assert tuple(outline.region for outline in found) == visible_regions(view)
    assert {outline.region for outline in found if outline.unseen is None} == {
        crop.region for crop in cut.crops
    }
    assert [outline.unseen for outline in found if outline.unseen] == cut.unreadable


def test_a_regions_skin_lies_within_its_outline():
    outlines = {
        each.region: each.points for each in region_outlines(landmarks(), "front", frame=FRAME)
    }
    for crop in find_regions(photo(), landmarks(), "front").crops:
        rows, columns = np.nonzero(crop.skin)
        skin = np.column_stack([columns, rows, np.ones(len(rows))]) @ crop.to_photo.T
        low, high = outlines[crop.region].min(axis=0), outlines[crop.region].max(axis=0)
        assert (skin >= low - 2).all()
        assert (skin <= high + 2).all()


def test_other_arrays_and_views_are_refused():
    with pytest.raises(ValueError, match="468"):
        region_outlines(landmarks()[:5], "front", frame=FRAME)
    with pytest.raises(ValueError, match="view must be"):
        region_outlines(landmarks(), "back", frame=FRAME)
