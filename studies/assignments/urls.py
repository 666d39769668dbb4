"""Addresses of assignments."""

from django.urls import path

from studies.assignments import views

ASSIGNMENTS = "studies/<code:study>/assignments/"

staff = [
    path(ASSIGNMENTS, views.overview, name="assignments"),
    path(f"{ASSIGNMENTS}add/", views.add, name="assignment_add"),
    path(f"{ASSIGNMENTS}<code:code>/", views.edit, name="assignment_edit"),
    path(f"{ASSIGNMENTS}<code:code>/end/", views.end, name="assignment_end"),
]
