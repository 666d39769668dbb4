"""Addresses of corrections."""

from django.urls import path

from participants.correcting.views import details as views
from participants.correcting.views import photos

ONE = "studies/<code:study>/participants/<code:code>/correct/"

staff = [
    path(ONE, views.details, name="correct"),
    path(f"{ONE}day-0/", views.day_0, name="correct_day_0"),
    path(f"{ONE}visits/<code:visit>/", views.visit_day, name="correct_visit_day"),
    path(f"{ONE}screening/", views.screening, name="correct_screening"),
    path(f"{ONE}site/", views.transfer, name="transfer"),
    path(f"{ONE}photos/<uuid:photo>/", photos.erase, name="erase_photo"),
    path(f"{ONE}photos/<uuid:photo>/move/", photos.move, name="move_photo"),
    path(f"{ONE}photos/<uuid:photo>/exclude/", photos.exclude, name="exclude_photo"),
    path(f"{ONE}withdrawal/", photos.undo_withdrawal, name="undo_withdrawal"),
    path(f"{ONE}completion/", views.undo, name="undo_completion"),
]
