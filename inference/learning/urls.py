"""Addresses of learning from readers."""

from django.urls import path

from inference.learning import views

LEARNING = "studies/<code:study>/readings/<code:reading>/learning/"

staff = [
    path(LEARNING, views.learning, name="reading_learning"),
    path(f"{LEARNING}train/", views.train, name="reading_train"),
]
