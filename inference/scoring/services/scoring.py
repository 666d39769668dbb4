"""The worker's part of a run: read the photo, ask the network, write what it said once."""

import hashlib
import io
import time
from pathlib import PurePosixPath

import numpy as np

from inference.pipeline.card import CardInput
from inference.pipeline.errors import PackageRefused
from inference.pipeline.network import Network
from inference.pipeline.providers import ProviderUnavailable, runtime_words
from inference.pipeline.reading import ReadPhoto, read_jpeg
from inference.pipeline.recipe import Recipe, UnknownRecipe, get_recipe
from inference.pipeline.results import PhotoScores
from inference.pipeline.score import score_face
from inference.scoring.models import ActivationMap, Run, Score
from inference.scoring.quality import kept_noise, quality_flags
from inference.scoring.services.binding import ACTION, DIGEST, digest_of
from inference.scoring.services.networks import InvalidOutput, open_network
from inference.scoring.services.pictures import cleaned_picture, map_picture
from participants.consent.services import consents
from participants.people.models import Participant
from participants.people.services.record import record_about
from studies.platform.actors import SYSTEM
from studies.platform.errors import NotFound
from studies.platform.storage import read, store
from studies.platform.work import Claim, PermanentFailure

REASON_LENGTH = 120


def score(claim: Claim[Run]) -> None:
    """Score one photo with one package; the work of ``studies.platform.work.perform``.

    Consent is asked before the photo is opened and again when the result is written.

    Raises:
        PermanentFailure: consent, hashes, recipe or the network's answer forbid a result.
        LeaseLost: another worker has the row; nothing is written.
    """
    run = Run.objects.select_related(
        "package", "photo__visit__participant__study", "photo__visit__participant__site"
    ).get(pk=claim.row.pk)
    began = time.perf_counter()
    _require_consent(run.photo.visit.participant)
    network = _network(run)
    inputs = read_photo(run, needs=network.card.input)
    read_ms = _since(began)
    claim.renew()
    result = _ask(run, network, inputs)
    claim.renew()
    began = time.perf_counter()
    maps = _store_maps(run, result)
    store_ms = _since(began)
    claim.renew()
    timings = {"read": read_ms, **result.timings_ms, "store": store_ms}
    with claim.completing():
        _write(run, result, maps, timings)


def answer_again(run: Run) -> PhotoScores:
    """What the run's network says of its photo now; nothing is written.

    Raises:
        PermanentFailure: photo, network or recipe are no longer those of the run.
        FileNotFoundError: a file is not in storage.
    """
    network = _network(run)
    return _ask(run, network, read_photo(run, needs=network.card.input))


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


def _require_consent(participant: Participant) -> None:
    if not consents.allows_scoring(participant):
        raise PermanentFailure(
            f"No consent to scoring is in force for {participant.code}, so nothing was scored."
        )


def read_photo(run: Run, needs: CardInput | None = None) -> ReadPhoto:
    """The run's photo and landmarks, proved to be those the run was queued for.

    Decoded whole, or with ``needs`` no finer than that network's crops are.

    Raises:
        PermanentFailure: their hashes have changed, or the photo has no landmarks.
        FileNotFoundError: a file is not in storage (tried again: it may come back).
    """
    photo = run.photo
    if not photo.upright_file or not photo.landmarks_file:
        raise PermanentFailure("The photo's check left no face to score; ask for a retake.")
    body = read(photo.upright_file)
    digest = hashlib.sha256(body).hexdigest()
    if digest != photo.upright_sha256 or digest != run.photo_sha256:
        raise PermanentFailure(
            "The stored photo is not the one that was accepted: its SHA-256 has changed. "
            "Restore it from a backup, then try again."
        )
    points = read(photo.landmarks_file)
    if hashlib.sha256(points).hexdigest() != PurePosixPath(photo.landmarks_file).stem:
        raise PermanentFailure(
            "The stored face points are not those that were measured: their SHA-256 has changed. "
            "Restore them from a backup, then try again."
        )
    landmarks = np.asarray(np.load(io.BytesIO(points), allow_pickle=False), np.float32)
    try:
        return read_jpeg(body, landmarks, needs)
    except ValueError as error:
        raise PermanentFailure(f"The stored photo cannot be decoded: {error}.") from error


def recipe_of(run: Run) -> Recipe:
    """The run's recipe, as it was.

    Raises:
        PermanentFailure: this version has it otherwise, or not at all.
    """
    try:
        recipe = get_recipe(run.recipe)
    except UnknownRecipe as error:
        raise PermanentFailure(f"{error} This run was queued by another version.") from error
    if recipe.sha256 != run.recipe_sha256:
        raise PermanentFailure(
            f"Recipe {run.recipe} is not what it was when this run was queued: its SHA-256 "
            "differs. Queue the photo again."
        )
    return recipe


def _network(run: Run) -> Network:
    try:
        return open_network(run.package)
    except PackageRefused as refusal:
        raise PermanentFailure(refusal.message) from refusal
    except ProviderUnavailable as error:
        raise PermanentFailure(f"{error} Then try this photo again.") from error


def _ask(run: Run, network: Network, inputs: ReadPhoto) -> PhotoScores:
    recipe = recipe_of(run)
    try:
        return score_face(
            inputs.pixels,
            inputs.landmarks,
            view=run.photo.view,
            network=network,
            recipe=recipe,
            shrunk=inputs.shrunk,
            noise=kept_noise(run.photo.quality),
        )
    except PackageRefused as refusal:
        raise PermanentFailure(refusal.message) from refusal
    except InvalidOutput as odd:
        raise PermanentFailure(f"{odd} No score of this photo was kept.") from odd


def _store_maps(run: Run, result: PhotoScores) -> dict[str, str]:
    """Condition → stored name. Stored before rows are written: a name always leads to a file."""
    owner = str(run.photo_id)
    wanted = _conditions(run)
    return {
        condition: store("maps", owner, map_picture(skin_map), suffix=".png")[0]
        for condition, skin_map in result.maps.items()
        if condition in wanted
    }


def cleaned_file(run: Run) -> str:
    """The stored name of the photo after the run's recipe, made when first asked for.

    It costs a fifth of a second, which most photos need never spend.

    Raises:
        NotFound: the photo's file or the recipe is no longer the run's.
    """
    if not run.cleaned_file:
        try:
            inputs = read_photo(run)
            picture = cleaned_picture(inputs.pixels, inputs.landmarks, recipe_of(run))
        except (PermanentFailure, FileNotFoundError) as error:
            raise NotFound(f"The cleaned picture cannot be made. {error}") from error
        run.cleaned_file, _ = store("cleaned", str(run.photo_id), picture, suffix=".jpg")
        Run.objects.filter(pk=run.pk).update(cleaned_file=run.cleaned_file)
    return run.cleaned_file


def _conditions(run: Run) -> set[str]:
    """The conditions the study assesses: what a network says of others is not kept."""
    study = run.photo.visit.participant.study
    return set(study.conditions.values_list("pk", flat=True))


def _write(run: Run, result: PhotoScores, maps: dict[str, str], timings: dict[str, float]) -> None:
    """Write the result; called inside the transaction that completes the work."""
    participant = Participant.objects.select_for_update().get(pk=run.photo.visit.participant_id)
    _require_consent(participant)
    Run.objects.filter(pk=run.pk).update(
        runtime=runtime_words(result.runtime)[:80],
        timings=timings,
        measured=result.measured,
        quality_flags=quality_flags(run.photo.quality),
    )
    wanted = _conditions(run)
    # What an earlier, unfinished life of this row wrote was rolled back with it: there is nothing.
    scores = [*_assessed(run, result, wanted), *_not_assessed(run, result, wanted)]
    Score.objects.bulk_create(scores)
    ActivationMap.objects.bulk_create(
        ActivationMap(run=run, condition_id=condition, file=file)
        for condition, file in maps.items()
    )
    record_about(
        participant,
        ACTION,
        by=SYSTEM,
        target=run,
        new={"scores": len(scores), DIGEST: digest_of(run, scores)},
    )


def _assessed(run: Run, result: PhotoScores, wanted: set[str]) -> list[Score]:
    return [
        Score(
            run=run,
            condition_id=photo_score.condition,
            region=photo_score.region,
            grade=photo_score.grade,
            severity=photo_score.severity,
            severity_low=photo_score.low,
            severity_high=photo_score.high,
            probabilities=photo_score.probabilities,
            regions_used=photo_score.regions,
        )
        for photo_score in result.scores
        if photo_score.condition in wanted
    ]


def _not_assessed(run: Run, result: PhotoScores, wanted: set[str]) -> list[Score]:
    """A row per condition for what could not be read: a region unseen concerns all it is read in.

    A reason given for a condition itself is kept before the region's own.
    """
    reads = {
        str(output["condition"]): set(output["regions"]) for output in run.package.card["outputs"]
    }
    reasons: dict[tuple[str, str], str] = {}
    for entry in sorted(result.not_assessable, key=lambda entry: entry.condition is None):
        concerned = (
            [entry.condition]
            if entry.condition
            else [condition for condition, regions in reads.items() if entry.region in regions]
        )
        for condition in concerned:
            if condition in wanted:
                reasons.setdefault((condition, entry.region), entry.message)
    return [
        Score(
            run=run,
            condition_id=condition,
            region=region,
            regions_used=0,
            not_assessable=message[:REASON_LENGTH],
        )
        for (condition, region), message in reasons.items()
    ]
