"""Every model of the app, collected for Django; code imports them from their rooms."""

from inference.packages.models import ModelPackage, StudyModel
from inference.scoring.models import ActivationMap, Rescore, Run, Score, Tally, TallyMark
from inference.trials.models import Trial

__all__ = [
    "ActivationMap",
    "ModelPackage",
    "Rescore",
    "Run",
    "Score",
    "StudyModel",
    "Tally",
    "TallyMark",
    "Trial",
]
