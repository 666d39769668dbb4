"""Models in use, runs and scores."""

import factory

from inference.packages.models import StudyModel
from inference.scoring.models import Run, Score
from tests.factories import NOW, Counting, sha256
from tests.inference.packages.factories import ModelPackageFactory
from tests.participants.capture.factories import PhotoFactory
from tests.studies.protocol.factories import StudyFactory


class StudyModelFactory(Counting):
    class Meta:
        model = StudyModel

    study = factory.SubFactory(StudyFactory)
    package = factory.SubFactory(ModelPackageFactory)
    activated_at = NOW


class RunFactory(Counting):
    class Meta:
        model = Run

    photo = factory.SubFactory(PhotoFactory)
    package = factory.SubFactory(ModelPackageFactory)
    recipe = "none@1"
    recipe_sha256 = sha256("none@1")
    model_sha256 = factory.SelfAttribute("package.sha256")
    photo_sha256 = factory.SelfAttribute("photo.sha256")
    state = "done"
    runtime = "onnxruntime 1.32.0"


class ScoreFactory(Counting):
    class Meta:
        model = Score

    run = factory.SubFactory(RunFactory)
    condition_id = "melasma"
    region = "face"
    grade = "mild"
    severity = 33.0
    probabilities = {"none": 0.2, "mild": 0.6, "moderate": 0.2, "severe": 0.0}
