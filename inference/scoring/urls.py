"""Addresses of a study's models and of scoring again."""

from django.urls import path

from inference.scoring.api import RescoreList, StudyModelList
from inference.scoring.views import models, rescores

STUDY = "studies/<code:study>/"
MODELS = f"{STUDY}models/"

staff = [
    path(MODELS, models.models, name="models"),
    path(f"{MODELS}activate/", models.activate, name="activate"),
    path(f"{MODELS}<int:pk>/deactivate/", models.deactivate, name="deactivate"),
    path(f"{MODELS}<int:pk>/primary/", models.make_primary, name="make_primary"),
    path(f"{MODELS}rescores/", rescores.progress, name="rescores"),
    path(f"{MODELS}rescores/start/", rescores.start, name="rescore"),
    path(f"{MODELS}rescores/<int:pk>/stop/", rescores.stop, name="rescore_stop"),
]
api = [
    path(MODELS, StudyModelList.as_view(), name="models"),
    path(f"{STUDY}rescores/", RescoreList.as_view(), name="rescores"),
]
