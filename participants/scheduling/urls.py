"""Addresses of acts on visits and of notes."""

from django.urls import path

from participants.scheduling import views

ONE = "studies/<code:study>/participants/<code:code>/"
VISIT = f"{ONE}visits/<code:visit>/"

staff = [
    path(f"{ONE}visits/add/", views.unscheduled, name="add_visit"),
    path(f"{VISIT}move/", views.reschedule, name="reschedule"),
    path(f"{VISIT}missed/", views.missed, name="mark_missed"),
    path(f"{VISIT}missed/undo/", views.undo, name="undo_missed"),
    path(f"{VISIT}cancel/", views.cancel, name="cancel_visit"),
    path(f"{VISIT}photo/", views.clinic_photo, name="clinic_photo"),
    path(f"{VISIT}note/", views.visit_note, name="visit_note"),
    path(f"{ONE}note/", views.note, name="note"),
    path(f"{ONE}notes/<int:pk>/strike/", views.strike, name="strike_note"),
    path(f"{ONE}remind/", views.remind, name="remind"),
    path(f"{ONE}send-link/", views.send_link, name="send_link"),
]
