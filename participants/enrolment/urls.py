"""Addresses of screening, enrolment and contact."""

from django.urls import path

from participants.enrolment import views

PARTICIPANTS = "studies/<str:study>/participants/"

staff = [
    path(f"{PARTICIPANTS}enrol/", views.screen, name="enrol"),
    path(f"{PARTICIPANTS}<str:code>/enrol/", views.enrol, name="enrol_contact"),
    path(f"{PARTICIPANTS}<str:code>/contact/", views.contact, name="contact"),
]
