"""Photos with real files behind them, and runs done for real, for the tests of inference."""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from inference.packages.models import ModelPackage, StudyModel
from inference.packages.services import registry
from inference.scoring.models import Run
from inference.scoring.services import runs, scoring
from participants.capture.models import Photo
from participants.imaging.decode import encode_clean
from participants.imaging.face import FaceFinder
from participants.imaging.profiles import NORMAL
from participants.imaging.quality import assess_quality
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.platform.actors import SYSTEM
from studies.platform.storage import store
from studies.platform.work import perform
from studies.protocol.models import Site, Study
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.inference.scoring.factories import StudyModelFactory
from tests.participants.capture.factories import PhotoFactory
from tests.participants.consent.factories import ConsentFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory


@dataclass(frozen=True)
class RealFace:
    """NASA's portrait of Eileen Collins (public domain), enlarged: pixels, points, report."""

    pixels: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    quality: dict[str, Any]


@cache
def astronaut() -> RealFace:
    small = np.asarray(data.astronaut(), np.uint8)[:340, 60:400]
    pixels = np.asarray(cv2.resize(small, (1020, 1020), interpolation=cv2.INTER_CUBIC), np.uint8)
    report = assess_quality(pixels, view="front", profile=NORMAL, finder=FaceFinder())
    assert report.face is not None
    return RealFace(pixels, report.face.landmarks, report.as_dict())


def make_visit(
    site: Site, *, code: str = "SG01-0001", visit: str = "week-0", day: int = 0, **fields: Any
) -> Visit:
    """A visit of a consenting participant; the same code and visit again are the same rows."""
    participant = Participant.objects.filter(study=site.study, code=code).first()
    if participant is None:
        participant = ParticipantFactory(site=site, code=code)
        documents = site.study.consent_documents.all()
        also = {"document": documents[0]} if documents else {}
        ConsentFactory(participant=participant, **also)
    definition = site.study.visit_definitions.filter(code=visit).first()
    if definition is None:
        definition = VisitDefinitionFactory(
            study=site.study, code=visit, name=visit.replace("-", " ").title(), day_offset=day
        )
    found = Visit.objects.filter(participant=participant, definition=definition).first()
    return found or VisitFactory(participant=participant, definition=definition, **fields)


def real_photo(visit: Visit, *, view: str = "front") -> Photo:
    """An accepted photo whose upright picture and face points are stored."""
    face = astronaut()
    photo: Photo = PhotoFactory(visit=visit, view=view)
    photo.upright_file, photo.upright_sha256 = store(
        "uprights", str(photo.pk), encode_clean(face.pixels), suffix=".jpg"
    )
    points = io.BytesIO()
    np.save(points, face.landmarks, allow_pickle=False)
    photo.landmarks_file, _ = store("landmarks", str(photo.pk), points.getvalue(), suffix=".npy")
    photo.quality = face.quality
    photo.height, photo.width = face.pixels.shape[:2]
    photo.save()
    return photo


def tiny(folder: Path, *, seed: int = 7, **card: Any) -> ModelPackage:
    """The tiny package, registered."""
    path = write_tiny_package(folder, seed=seed, **card)
    return registry.register_package(path=path, by=SYSTEM)


def use(study: Study, package: ModelPackage) -> StudyModel:
    in_use: StudyModel = StudyModelFactory(study=study, package=package)
    return in_use


def score_now(photo: Photo) -> list[Run]:
    """Queue and do the runs of a photo, as a worker would."""
    queued = runs.queue_runs(photo)
    for run in queued:
        assert perform(Run, run.pk, scoring.score), Run.objects.get(pk=run.pk).last_error
    return [Run.objects.get(pk=run.pk) for run in queued]
