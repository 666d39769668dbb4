"""Runs with their scores and maps, and scoring again."""

from inference.scoring.models.rescore import Rescore
from inference.scoring.models.run import ActivationMap, Run, Score

__all__ = ["ActivationMap", "Rescore", "Run", "Score"]
