"""Runs with their scores and maps, scoring again, and what was counted of them."""

from inference.scoring.models.rescore import Rescore
from inference.scoring.models.run import ActivationMap, Run, Score
from inference.scoring.models.tally import Tally, TallyMark

__all__ = ["ActivationMap", "Rescore", "Run", "Score", "Tally", "TallyMark"]
