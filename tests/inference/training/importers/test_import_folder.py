"""Whole imports of small folders in the layouts of the cards that ship."""

import json

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.recipe import get_recipe
from inference.training.crops import CLOSE_UP, REGION_CODES, prepared
from inference.training.importers import build
from inference.training.importers.__main__ import main
from inference.training.importers.build import cut_all, finish_import, plan_import, start_import
from inference.training.importers.card import read_card
from inference.training.importers.errors import ImportRefused
from inference.training.importers.folder import load_split, read_source, training_notice
from inference.training.importers.meanings import ABSENT, PRESENT
from tests.inference.training.importers.layouts import (
    make_acne04,
    make_consensus,
    make_fitzpatrick17k,
    make_scin,
    save,
    skin,
)

DERMATITIS, PORES = CONDITIONS.index("dermatitis"), CONDITIONS.index("pores")
SIZE = 32


def imported(card, folder, out, **options):
    plan = plan_import(read_card(card), folder, out, size=SIZE, **options)
    start_import(plan)
    list(cut_all(plan))
    return finish_import(plan, **options)


def bounds(crops, column):
    middle, half = crops.severity[:, column], crops.spread[:, column]
    pairs = np.stack([middle - half, middle + half], axis=1).astype(np.float64)
    return [tuple(pair) for pair in pairs.round(4).tolist()]


def rounded(interval):
    return tuple(round(edge, 4) for edge in interval)


def test_fitzpatrick17k_gives_close_ups_with_presence_and_tone(tmp_path):
    make_fitzpatrick17k(tmp_path / "data", ["eczema", "vitiligo", "psoriasis", "eczema"] * 4)
    source = imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out")
    crops = load_split(tmp_path / "out", "train")
    assert crops.pixels.shape == (len(crops.severity), SIZE, SIZE, 3)
    assert (crops.region == CLOSE_UP).all()
    assert crops.skin.all()
    assert np.isnan(crops.gains).all()
    assert set(bounds(crops, DERMATITIS)) == {rounded(PRESENT), rounded(ABSENT)}
    assert np.isnan(np.delete(crops.severity, DERMATITIS, axis=1)).all()
    assert set(crops.fitzpatrick) <= set(range(1, 7))
    assert (source["pictures"], source["left_out"]) == (12, {"no-label": 4})
    assert source["source_labels"]["not_used"] == {"psoriasis": 4}
    assert prepared(crops, get_recipe("standard@1")).shape == crops.pixels.shape


def test_every_picture_is_in_one_split_with_its_own_label(tmp_path):
    make_fitzpatrick17k(tmp_path / "data", ["eczema"] * 9 + ["milia"] * 9)
    source = imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out")
    told = source["by_split"]
    assert sum(split["pictures"] for split in told.values()) == 18
    for split, found in told.items():
        if found["pictures"]:
            present = load_split(tmp_path / "out", split).severity[:, DERMATITIS] > 0.2
            counts = {"mild to severe": int(present.sum()), "none": int((~present).sum())}
            assert found["labels"]["dermatitis"] == {k: n for k, n in counts.items() if n}


def test_scin_joins_its_tables_and_keeps_a_case_together(tmp_path):
    cases = [("{'Eczema': 0.69, 'Psoriasis': 0.31}", 3), ("{'Eczema': 0.4, 'Tinea': 0.6}", 1)]
    make_scin(tmp_path / "data", [*cases, ('{"Seborrheic Dermatitis": 1.0}', 2), ("", 1)])
    source = imported("scin", tmp_path / "data", tmp_path / "out")
    assert (source["pictures"], source["people"]) == (5, 2)
    assert source["left_out"] == {"no-label": 2}
    for split, found in source["by_split"].items():
        if found["pictures"]:
            crops = load_split(tmp_path / "out", split)
            assert len(set(crops.identity)) == found["people"]
            assert (set(crops.fitzpatrick), set(crops.monk)) == ({4}, {3})
    assert any("Melasma" in warning for warning in source["warnings"])


def test_acne04_gives_regions_of_faces_and_keeps_its_own_test_list(tmp_path):
    make_acne04(tmp_path / "data", trainval=[1, 2, 0], test=[3])
    save(np.full((300, 300, 3), 90, np.uint8), tmp_path / "data/JPEGImages/levle1_1.jpg")
    source = imported("acne04", tmp_path / "data", tmp_path / "out")
    crops = load_split(tmp_path / "out", "test")
    assert len(crops.severity) == 1
    assert {REGION_CODES[k] for k in crops.region} >= {"nose", "cheek_left", "cheek_right"}
    assert bounds(crops, PORES) == [rounded(PRESENT)]
    assert crops.known[:, PORES].any()
    assert source["left_out"] == {"no-label": 1, "no-face": 1}
    assert source["by_split"]["test"]["pictures"] == 1


def test_a_study_s_readings_become_their_consensus(tmp_path):
    grades = {"a": "112", "b": "23", "c": "1"}
    readings = [
        (photo, reader, "wrinkles", grade)
        for photo, given in grades.items()
        for reader, grade in zip(("Ewa", "Chandra", "Dewi"), given, strict=False)
    ]
    readings += [
        ("a", "Ewa", "wrinkles", "3"),
        ("a", "Ewa", "acne", "1"),
        ("z", "Ewa", "pores", "1"),
    ]
    people = {"a": "SG01-0001", "b": "SG01-0001", "c": "KL01-0001"}
    make_consensus(tmp_path / "data", people, readings)
    source = imported("consensus", tmp_path / "data", tmp_path / "out")
    (split,) = [name for name, found in source["by_split"].items() if found["pictures"]]
    crops = load_split(tmp_path / "out", split)
    column = CONDITIONS.index("wrinkles")
    assert bounds(crops, column) == [rounded((1 / 6, 1 / 2)), rounded((1 / 2, 1))]
    assert len(set(crops.identity)) == 1
    told = source["agreement"]["wrinkles"]
    assert (told["readers"], told["photos"], told["two_grades_apart"]) == (3, 3, 0)
    assert told["within_reader"] is not None
    assert source["left_out"] == {
        "unknown-label": 1,
        "no-photo": 1,
        "too-few-readers": 1,
        "no-label": 1,
    }


def damaged(folder):
    """One good picture, one cut short, one that is text, one not there."""
    make_fitzpatrick17k(folder, ["eczema"] * 4)
    names = sorted((folder / "images").iterdir())
    names[1].write_bytes(names[1].read_bytes()[:2000])
    names[2].write_text("<html>404</html>", encoding="utf-8")
    names[3].unlink()


def test_damaged_pictures_are_counted_listed_and_left_out(tmp_path):
    damaged(tmp_path / "data")
    source = imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out")
    assert source["pictures"] == 1
    assert source["left_out"] == {"missing": 1, "unreadable": 2}
    listed = {(p["place"], p["reason"]) for p in source["problems"]}
    assert ("fitzpatrick17k.csv:3", "unreadable") in listed
    assert ("fitzpatrick17k.csv:5", "missing") in listed


def test_strict_refuses_at_the_tables_and_at_the_pictures(tmp_path):
    damaged(tmp_path / "data")
    with pytest.raises(ImportRefused, match=r"fitzpatrick17k\.csv:5: images/"):
        imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out", strict=True)
    make_fitzpatrick17k(tmp_path / "data", ["eczema"] * 4)
    names = sorted((tmp_path / "data/images").iterdir())
    names[1].write_bytes(names[1].read_bytes()[:2000])
    with pytest.raises(ImportRefused, match=r"fitzpatrick17k\.csv:3: .*truncated"):
        imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out", strict=True)
    with pytest.raises(ImportRefused, match="no complete import"):
        load_split(tmp_path / "out", "train")


def test_an_import_that_stopped_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "PICTURES_PER_SHARD", 2)
    make_fitzpatrick17k(tmp_path / "data", ["eczema"] * 8)
    card = read_card("fitzpatrick17k")
    plan = plan_import(card, tmp_path / "data", tmp_path / "out", size=SIZE)
    start_import(plan)
    next(cut_all(plan))
    first = sorted((tmp_path / "out").glob("*.npz"))
    assert len(first) == 1
    written = first[0].stat().st_mtime_ns
    with pytest.raises(ImportRefused, match="no complete import"):
        read_source(tmp_path / "out")
    source = imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out")
    assert first[0].stat().st_mtime_ns == written
    assert source["pictures"] == 8
    assert (
        len(load_split(tmp_path / "out", "train").severity)
        == (source["by_split"]["train"]["pictures"])
    )


def test_another_import_does_not_mix_into_the_folder(tmp_path):
    make_fitzpatrick17k(tmp_path / "data", ["eczema"] * 3)
    imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out")
    make_fitzpatrick17k(tmp_path / "data", ["milia"] * 3)
    with pytest.raises(ImportRefused, match="another card, other pictures"):
        imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ImportRefused, match="is not empty"):
        imported("fitzpatrick17k", tmp_path / "data", tmp_path / "own")


def test_a_copy_saved_again_is_found_across_splits(tmp_path):
    make_fitzpatrick17k(tmp_path / "data", ["eczema"] * 12)
    plan = plan_import(read_card("fitzpatrick17k"), tmp_path / "data", tmp_path / "out", size=SIZE)
    sides = {}
    for item in plan.listing.items:
        sides.setdefault(item.split, item.image)
    (one, image), (other, copy) = list(sides.items())[:2]
    seed = int(image.removeprefix("images/").removesuffix(".jpg"), 16)
    save(skin(seed), tmp_path / "data" / copy, quality=70)
    source = imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out")
    assert len(source["near_copies"]) == 1
    assert {image, copy} <= set(source["near_copies"][0].replace("(", " ").split())
    assert any("look the same" in warning for warning in source["warnings"])
    assert one != other


def test_pictures_are_turned_as_their_exif_says(tmp_path):
    make_fitzpatrick17k(tmp_path / "data", ["eczema"])
    (picture,) = (tmp_path / "data/images").iterdir()
    dark_on_top = np.full((64, 64, 3), 200, np.uint8)
    dark_on_top[:32] = 40
    save(np.rot90(dark_on_top), picture, quality=95, exif=b"Exif\x00\x00" + orientation(6))
    imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out")
    (split,) = {p.name.split("-")[0] for p in (tmp_path / "out").glob("*.npz")}
    crop = load_split(tmp_path / "out", split).pixels[0]
    assert crop[:14].mean() < 80
    assert crop[18:].mean() > 160


def orientation(value):
    """A little-endian TIFF header with the orientation tag alone."""
    tag = (0x0112).to_bytes(2, "little") + (3).to_bytes(2, "little") + (1).to_bytes(4, "little")
    return b"II*\0\x08\0\0\0\x01\0" + tag + value.to_bytes(4, "little") + b"\0\0\0\0"


def test_the_licence_goes_with_the_data(tmp_path):
    make_fitzpatrick17k(tmp_path / "data", ["eczema"] * 2)
    source = imported("fitzpatrick17k", tmp_path / "data", tmp_path / "out")
    notice = training_notice(tmp_path / "out")
    assert notice["licence"]["non_commercial"] is True
    assert "Groh" in notice["citation"]
    assert any("not for commercial use" in warning for warning in notice["warnings"])
    hashes = json.loads((tmp_path / "out/source.json").read_text(encoding="utf-8"))["files"]
    assert len(hashes) == 2
    assert source["card_sha256"] == read_card("fitzpatrick17k").sha256


def test_the_command_tells_what_came_of_it(tmp_path, capsys):
    damaged(tmp_path / "data")
    data, out = str(tmp_path / "data"), str(tmp_path / "out")
    assert main(["fitzpatrick17k", data, "--out", out, "--size", "32", "--check"]) == 0
    assert "3 pictures of 3 people to cut" in capsys.readouterr().out
    assert main(["fitzpatrick17k", data, "--out", out, "--size", "32"]) == 0
    told = capsys.readouterr().out
    assert "1 crops of 1 pictures of 1 people" in told
    assert "missing 1" in told
    assert "unreadable 2" in told
    assert "Licence: CC BY-NC-SA 3.0" in told
    assert main(["fitzpatrick17k", data, "--out", out, "--size", "32", "--strict"]) == 1
    assert "fitzpatrick17k.csv:5" in capsys.readouterr().err
