"""Every model of the app, collected for Django; code imports them from their rooms."""

from inference.learning.models import TrainingJob
from inference.packages.models import ModelPackage, StudyModel
from inference.reading.models import (
    Adjudication,
    Anchor,
    Case,
    Consensus,
    Reading,
    ReadingStudy,
    Scale,
    Seat,
    Turn,
)
from inference.results.models import ReadingResults
from inference.scoring.models import ActivationMap, Rescore, Run, Score, Tally, TallyMark
from inference.trials.models import Trial

__all__ = [
    "ActivationMap",
    "Adjudication",
    "Anchor",
    "Case",
    "Consensus",
    "ModelPackage",
    "Reading",
    "ReadingResults",
    "ReadingStudy",
    "Rescore",
    "Run",
    "Scale",
    "Score",
    "Seat",
    "StudyModel",
    "Tally",
    "TallyMark",
    "TrainingJob",
    "Trial",
    "Turn",
]
