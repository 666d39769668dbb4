"""What a trial says: the worker's part, with all that pictures and networks need."""

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from inference.pipeline.errors import PackageRefused
from inference.pipeline.providers import ProviderUnavailable
from inference.pipeline.recipe import get_recipe
from inference.pipeline.results import PhotoScores
from inference.pipeline.score import score_face
from inference.scoring.models import Run
from inference.scoring.services.networks import InvalidOutput, open_network
from inference.scoring.services.scoring import read_photo
from inference.scoring.services.single import CannotScore, decode_file, judge, score_judged
from inference.trials.models import Trial
from inference.trials.services import results as trial_results
from participants.consent.services import consents
from participants.imaging.profiles import View
from studies.platform.storage import read
from studies.platform.work import PermanentFailure

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a trial says: a result to show, or why there is none."""

    result: dict[str, Any] | None = None
    refused: str = ""


def answer_to(trial: Trial) -> Answer:
    """Score it. What goes wrong is an answer too: a trial is not tried again by itself."""
    if trial.photo is None and not trial.upload_file:
        return Answer(refused="The photo was removed before it was tried.")
    try:
        return _score_photo(trial) if trial.photo else _score_upload(trial)
    except CannotScore as refusal:
        return Answer(refused=refusal.message)
    except (PackageRefused, PermanentFailure, InvalidOutput, ProviderUnavailable) as refusal:
        return Answer(refused=str(refusal))
    except Exception:
        logger.exception("trial %s failed", trial.pk)
        return Answer(refused="Something went wrong while it was tried; it has been logged.")


def _score_upload(trial: Trial) -> Answer:
    view = cast("View", trial.view)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo"
        path.write_bytes(read(trial.upload_file))
        decoded = decode_file(path)
    quality = judge(decoded.pixels, view=view, profile=trial.profile)
    network = open_network(trial.package)
    scored = score_judged(decoded.pixels, quality, view=view, network=network)
    return Answer(
        trial_results.result(
            trial.package, scored.pixels, scored.landmarks, scored.scores, quality.as_dict()
        )
    )


def _score_photo(trial: Trial) -> Answer:
    photo = trial.photo
    assert photo is not None  # noqa: S101 - narrows the type
    if not consents.allows_scoring(photo.visit.participant):
        return Answer(refused="The participant's consent to scoring is not in force any more.")
    network = open_network(trial.package)
    run = Run(photo=photo, photo_sha256=photo.upright_sha256)
    inputs = read_photo(run, network.card.input)
    scores: PhotoScores = score_face(
        inputs.pixels,
        inputs.landmarks,
        view=photo.view,
        network=network,
        recipe=get_recipe(network.card.recipe),
        shrunk=inputs.shrunk,
    )
    return Answer(
        trial_results.result(
            trial.package,
            inputs.pixels,
            inputs.landmarks,
            scores,
            photo.quality or {},
            shrunk=inputs.shrunk,
        )
    )
