"""Addresses of notes on photos."""

from django.urls import path

from participants.photo_notes import views

NOTES = "studies/<code:study>/photos/<uuid:photo>/notes/"

staff = [
    path(f"{NOTES}add/", views.add, name="photo_note_add"),
    path(f"{NOTES}<int:pk>/strike/", views.strike, name="photo_note_strike"),
]
