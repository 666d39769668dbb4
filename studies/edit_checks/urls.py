"""Addresses of edit checks."""

from django.urls import path

from studies.edit_checks import views

CHECKS = "studies/<code:study>/edit-checks/"

staff = [
    path(CHECKS, views.overview, name="edit_checks"),
    path(f"{CHECKS}add/", views.add, name="edit_check_add"),
    path(f"{CHECKS}<code:code>/", views.edit, name="edit_check_edit"),
    path(f"{CHECKS}<code:code>/remove/", views.remove, name="edit_check_remove"),
]
