"""Model packages, their runs over photos, and the scores."""

from inference.models.package import ModelPackage, StudyModel
from inference.models.run import ActivationMap, Run, Score

__all__ = ["ActivationMap", "ModelPackage", "Run", "Score", "StudyModel"]
