from functools import cache
from pathlib import Path

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.training.crops import REGION_CODES
from inference.training.real_faces import build as build_module
from inference.training.real_faces.build import LIMITS, Settings, build
from inference.training.real_faces.cache import (
    Pairs,
    cut_pair,
    pairs_from,
    read_pairs,
    read_source,
    require_same,
    write_pairs,
)
from inference.training.real_faces.errors import PhotographsRefused
from inference.training.real_faces.labels import Limits
from inference.training.real_faces.lending import lender
from inference.training.real_faces.scenes import KINDS, Scene, Sitter, scene
from tests.inference.training.real_faces.drawn import drawn_face, folder_of_people, people


def somebody(rng, gender):
    return lender(drawn_face(21, 4))


@cache
def scenes(count=14) -> tuple[Scene, ...]:
    face = drawn_face()
    me = Sitter(face, lender(face), frozenset({"melasma", "lentigo"}))
    return tuple(scene(me, np.random.default_rng(k), somebody) for k in range(count))


def test_all_kinds_of_pairs_come():
    assert {one.kind for one in scenes()} == set(KINDS)


def test_a_painted_pair_must_differ_where_it_is_painted_and_nowhere_else():
    for one in scenes():
        if one.kind == "painted":
            assert one.step
            assert all(0 < step <= 1 for step in one.step.values())
            assert not one.held & set(one.step)
            assert one.held | set(one.step) == set(CONDITIONS)
        else:
            assert one.step == {}


def test_a_pair_that_must_not_change_has_the_same_labels_where_it_has_any():
    for one in scenes():
        if one.kind != "painted":
            first, second = one.labels
            assert all(first[c] == second[c] for c in set(first) & set(second))
            assert one.held


def test_what_is_weaker_in_the_first_is_labelled_weaker():
    for one in scenes():
        for condition in one.step:
            first, second = (side.get(condition) for side in one.labels)
            if first and second:
                assert sum(first) <= sum(second)


def pairs_of(some) -> Pairs:
    face = drawn_face()
    cut = [cut_pair(s, face.located.landmarks, size=64, window_mm=40.0) for s in some]
    return pairs_from(some, cut, people=[1] * len(some), itas=[face.ita] * len(some), size=64)


def test_both_sides_of_a_pair_show_the_same_places(tmp_path):
    pairs = pairs_of(scenes(3))
    assert len(pairs.first.pixels) == len(pairs.second.pixels) > 20
    assert (pairs.first.region == pairs.second.region).all()
    assert (pairs.first.photo == pairs.second.photo).all()
    assert pairs.seen.shape == (len(pairs.photo), len(CONDITIONS))
    write_pairs(tmp_path / "train-00000-pairs.npz", pairs)
    again = read_pairs(tmp_path, "train")
    assert (again.second.pixels == pairs.second.pixels).all()
    assert (again.held == pairs.held).all()
    assert (np.nan_to_num(again.first.severity) == np.nan_to_num(pairs.first.severity)).all()


def test_a_crop_that_got_none_of_the_paint_says_so():
    pairs = pairs_of(scenes())
    column = CONDITIONS.index("ephelides")
    rows = np.flatnonzero(pairs.painted[pairs.photo, column] > 0)
    region = np.array(REGION_CODES)[pairs.first.region[rows]]
    seen = pairs.seen[rows, column]
    assert seen[region == "nose"].mean() > 0.5
    assert seen[region == "forehead"].max() < 0.2


def test_a_folder_of_pairs_made_otherwise_is_not_mixed_into(tmp_path):
    require_same(tmp_path, {"photographs_sha256": "a", "size": 128})
    require_same(tmp_path, {"photographs_sha256": "a", "size": 128})
    with pytest.raises(PhotographsRefused, match="other photographs"):
        require_same(tmp_path, {"photographs_sha256": "b", "size": 128})


def test_a_folder_without_pairs_says_how_to_make_them(tmp_path):
    with pytest.raises(PhotographsRefused, match=r"real_faces\.build"):
        read_pairs(tmp_path, "train")
    with pytest.raises(PhotographsRefused, match=r"source\.json"):
        read_source(tmp_path)


@pytest.fixture
def studio(tmp_path, monkeypatch):
    """A folder whose every photograph is a drawn face, and one scene a photograph."""
    folder = folder_of_people(tmp_path / "faces")
    seeds = {"001": (4, 3), "002": (21, 4), "003": (9, 1), "004": (14, 6)}
    monkeypatch.setattr(
        build_module, "locate",
        lambda one, finder: drawn_face(*seeds[one.person.id]).located
        if one.expression == "neutral" else None,
    )  # fmt: skip
    photographs = build_module.Photographs
    monkeypatch.setattr(build_module, "Photographs", lambda path: photographs(path, people()))
    monkeypatch.setattr(build_module, "SCENES", 1)
    build_module._STUDIOS.clear()
    yield folder
    build_module._STUDIOS.clear()


def test_pairs_are_built_of_a_parts_people_alone_and_once(studio, tmp_path):
    out = tmp_path / "pairs"
    settings = Settings(Path(studio), out, size=64)
    out.mkdir()
    Limits(dict.fromkeys(CONDITIONS, 0.0)).write(out / LIMITS)
    assert list(build(settings, rounds=1)) == [0, 1, 2, 3]
    pairs = read_pairs(out, "train")
    assert len(pairs.kind) == 2
    told = read_source(out)
    assert (told["people"], told["licence"]["name"], told["agreed"]) == (
        2, "CC BY 4.0", "They agreed to nothing.",
    )  # fmt: skip
    assert list(build(settings, rounds=1)) == [2, 3]  # those in which no face is found


def test_limits_rest_on_training_people(studio):
    limits = build_module.find_limits(Path(studio))
    assert set(limits.below) == set(CONDITIONS)
    assert all(np.isfinite(value) for value in limits.below.values())
