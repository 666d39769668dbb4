"""Asking for a training job, and the part of the host that trains.

Training is a command of that host (``TRAINER_COMMAND``), given two folders: what to train on, as
``training_set.write`` lays it out, and where to leave ``package.onnx`` and, if there is one,
``report.json``. So the product needs no training library, and neither does its worker.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import transaction

from inference.learning.errors import NothingToLearn, NoTrainer, TermsMissing
from inference.learning.models import OPEN, TrainingJob
from inference.learning.services.training_set import (
    NOTICE,
    TrainingSet,
    notice_of,
    training_set,
    write,
)
from inference.packages.errors import PackageRefused, PackageVersionTaken, ReportRefused
from inference.packages.models import ModelPackage
from inference.packages.services import registry
from inference.reading.models import ReadingStudy
from inference.scoring.services.runs import queue_run
from participants.consent.services import consents
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM, Actor
from studies.platform.work import Claim, PermanentFailure, notify_on_commit
from studies.protocol.services.rights import require
from studies.record import services as audit

# What a trainer's process is given of the worker's environment: none of its secrets.
_GIVEN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
_PREFIXES = ("TRAINER_", "CUDA_", "NVIDIA_", "OMP_")
TOLD = 600  # characters of the trainer's last words


def trains_here() -> bool:
    """Whether this installation names a trainer."""
    return bool(settings.TRAINER_COMMAND)


@transaction.atomic
def ask_training(*, reading: ReadingStudy, choice: str, terms: str, by: Actor) -> TrainingJob:
    """Have a package trained on the consensus of ``reading``; one job at a time.

    Raises:
        NotAllowed: ``by`` may not choose the study's models.
        NoTrainer: no host trains; a command writes the training set all the same.
        TermsMissing: it is not said which consent allows this, and on what terms.
        NothingToLearn: no training set can be made now.
    """
    require(by, Permission.MODEL_ACTIVATE, study=reading.study)
    if not trains_here():
        raise NoTrainer(
            "No host of this installation trains (TRAINER_COMMAND is not set). Write the training "
            "set with manage.py write_training_set and train elsewhere. Nothing was started."
        )
    terms = required_terms(terms)
    under_way = TrainingJob.objects.filter(reading_study=reading, state__in=OPEN).first()
    if under_way is not None:
        return under_way
    made = training_set(reading, choice=choice)
    job = TrainingJob.objects.create(
        study=reading.study,
        reading_study=reading,
        choice=choice,
        terms=terms,
        asked_by=by if isinstance(by, User) else None,
        told=made.numbers(),
    )
    _record("training.ask", job, by, **made.numbers()["photos"])
    notify_on_commit(job)
    return job


def write_set(
    *, reading: ReadingStudy, choice: str, terms: str, folder: Path, by: Actor
) -> TrainingSet:
    """Write the training set into ``folder``, for training elsewhere; the act is recorded.

    Raises:
        TermsMissing, NothingToLearn: nothing was written.
    """
    terms = required_terms(terms)
    made = training_set(reading, choice=choice)
    write(made, folder, terms=terms)
    audit.record(
        by=by,
        action="training.write_set",
        target=reading,
        study=reading.study.code,
        new={"reading_study": reading.code, "choice": choice, **made.numbers()["photos"]},
        reason=terms,
    )
    return made


def required_terms(terms: str) -> str:
    """What allows the training, in a sentence.

    Raises:
        TermsMissing: it is empty.
    """
    terms = " ".join(terms.split())[:500]
    if not terms:
        raise TermsMissing(
            "Say which consent document allows training, for what, and until when: it is written "
            "into the package's card. Nothing was started."
        )
    return terms


def train(claim: Claim[TrainingJob]) -> None:
    """The trainer host's part: write the set, run the command, register what it made.

    Consent is asked again here, row by row. The package is registered and not taken into use; it
    scores the photos of people it was not trained on, to be held against their consensus.

    Raises:
        PermanentFailure: there is nothing to train on any more, the command failed, or its package
            may not be registered.
        LeaseLost: another host has the row; nothing is written.
    """
    job = TrainingJob.objects.select_related("reading_study__study").get(pk=claim.row.pk)
    try:
        made = training_set(job.reading_study, choice=job.choice)
    except NothingToLearn as refusal:
        raise PermanentFailure(refusal.message) from refusal
    with TemporaryDirectory(prefix="gsh-training-") as name:
        data, out = Path(name) / "data", Path(name) / "out"
        data.mkdir()
        out.mkdir()
        write(made, data, terms=job.terms)
        _run(claim, [*shlex.split(settings.TRAINER_COMMAND), str(data), str(out)])
        package = _registered(out, notice_of(made, terms=job.terms))
    tested = [row for row in made.rows if row.split == "test"]
    with claim.completing():
        told = {**made.numbers(), "test_cases": [row.case for row in tested]}
        TrainingJob.objects.filter(pk=job.pk).update(package=package, told=told)
        for row in tested:
            if consents.allows_scoring(row.photo.visit.participant):
                queue_run(row.photo, package)
        job.package = package
        _record("training.end", job, SYSTEM, package=str(package), sha256=package.sha256)


def _run(claim: Claim[TrainingJob], command: list[str]) -> None:
    """Run the trainer, holding the row as long as it takes."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key in _GIVEN or key.startswith(_PREFIXES)
    }
    words = Path(command[-1]).parent / "words.txt"
    with words.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
        try:
            while True:
                try:
                    code = process.wait(timeout=settings.WORK_LEASE_SECONDS / 4)
                    break
                except subprocess.TimeoutExpired:
                    claim.renew()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if code:
        last = words.read_text(encoding="utf-8", errors="replace").strip()[-TOLD:]
        raise PermanentFailure(f"The trainer ended with {code}: {last or 'it said nothing'}")


def _registered(out: Path, notice: dict[str, Any]) -> ModelPackage:
    """Register the trainer's package, whose card must say whose readings it was trained on."""
    path, report = out / "package.onnx", out / "report.json"
    if not path.exists():
        raise PermanentFailure("The trainer left no package.onnx in its folder.")
    from inference.pipeline.errors import PackageRefused as Refused
    from inference.pipeline.package import read_package

    try:
        said = read_package(path).card.raw.get("training", {})
        if said.get("studies") != notice["studies"]:
            raise PermanentFailure(
                "The package's card does not say whose readings it was trained on: the trainer has "
                f"to write what is in {NOTICE} into the card's “training”. Nothing was registered."
            )
        body = report.read_bytes() if report.exists() else None
        return registry.register_package(path=path, by=SYSTEM, report=body)
    except Refused as refusal:
        raise PermanentFailure(f"The trainer's package is refused: {refusal.message}") from refusal
    except (PackageRefused, PackageVersionTaken, ReportRefused) as refusal:
        raise PermanentFailure(f"The trainer's package is refused: {refusal.message}") from refusal


def _record(action: str, job: TrainingJob, by: Actor, **numbers: object) -> None:
    audit.record(
        by=by,
        action=action,
        target=job,
        study=job.reading_study.study.code,
        new={"reading_study": job.reading_study.code, "choice": job.choice, **numbers},
        reason=job.terms,
    )
