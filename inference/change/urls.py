"""Addresses of change over time."""

from django.urls import path

from inference.change import views

CHANGE = "studies/<code:study>/change/"

staff = [
    path(CHANGE, views.change, name="change"),
    path(f"{CHANGE}<slug:figure>.svg", views.figure, name="change_figure"),
    path(f"{CHANGE}<slug:file>.csv", views.download, name="change_file"),
    path(f"{CHANGE}mmrm.R", views.mmrm, name="change_script"),
]
