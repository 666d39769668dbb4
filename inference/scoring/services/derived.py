"""Activation maps and cleaned pictures of a run against the photo and network they are made of."""

import hashlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from inference.pipeline.results import PhotoScores
from inference.scoring.models import Run
from inference.scoring.services.pictures import cleaned_picture, map_picture
from inference.scoring.services.scoring import answer_again, read_photo, recipe_of
from participants.capture.services.pictures import Judged, judged
from studies.platform import storage
from studies.platform.work import PermanentFailure

# How far a severity may lie from what was written and still be the same answer (docs/deployment):
# what another processor's sums differ by.
TOLERANCE = 0.1


def verify_run(run: Run, *, remake: bool) -> Iterator[Judged]:
    """Make all that was made of a scored photo anew, and compare it with what is stored.

    With ``remake`` a map or cleaned picture that is missing or altered is written again, where this
    machine makes the very bytes that its name promises. A map that another machine or version made
    (``other``) is left: told where the scores beside it are not what the network says today, and
    else as whole as its own hash says. Where the photo itself is not the one that was scored, or
    its network is not there, it is ``unknown``.
    """
    maps = dict(run.maps.values_list("file", "condition_id"))
    names = [*maps, *([run.cleaned_file] if run.cleaned_file else [])]
    if not names:
        return
    try:
        result = answer_again(run)
        inputs = read_photo(run)
        recipe = recipe_of(run)
    except (PermanentFailure, FileNotFoundError):
        yield from (Judged(name, "unknown") for name in names)
        return
    same = _says_the_same(run, result)
    for name, condition in maps.items():
        found = result.maps.get(condition)
        yield _judged(run, name, map_picture(found) if found else b"", same=same, remake=remake)
    if run.cleaned_file:
        made = cleaned_picture(inputs.pixels, inputs.landmarks, recipe)
        yield _judged(run, run.cleaned_file, made, same=same, remake=remake)


def _judged(run: Run, name: str, made: bytes, *, same: bool, remake: bool) -> Judged:
    promised = PurePosixPath(name).stem
    found = judged(run.photo, name, made, promised=promised, remake=remake)
    if found.state == "other" and same:
        return Judged(name, "whole" if _is_whole(name, promised) else "elsewhere")
    return found


def _is_whole(name: str, promised: str) -> bool:
    try:
        return hashlib.sha256(storage.read(name)).hexdigest() == promised
    except FileNotFoundError:
        return False


def _says_the_same(run: Run, result: PhotoScores) -> bool:
    """Whether the network says of this photo what is written of it."""
    told = {(each.condition, each.region): each.severity for each in result.scores}
    return all(
        _is_close(told.get((each.condition_id, each.region)), each.severity)
        for each in run.scores.exclude(severity=None)
    )


def _is_close(now: float | None, written: float | None) -> bool:
    return now is not None and written is not None and abs(now - written) <= TOLERANCE
