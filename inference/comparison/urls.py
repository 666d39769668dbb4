"""Addresses of a comparison of two packages."""

from django.urls import path

from inference.comparison import views

MODELS = "studies/<code:study>/models/"

staff = [
    path(f"{MODELS}compare/", views.comparison, name="compare"),
    path(f"{MODELS}compare.csv", views.comparison_file, name="compare_file"),
]
