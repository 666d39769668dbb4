"""Model packages, their runs over photos, and the scores."""

from inference.models.package import ModelPackage, StudyModel
from inference.models.rescore import Rescore
from inference.models.run import ActivationMap, Run, Score
from inference.models.trial import Trial

__all__ = ["ActivationMap", "ModelPackage", "Rescore", "Run", "Score", "StudyModel", "Trial"]
