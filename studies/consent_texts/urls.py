"""Addresses of consent documents."""

from django.urls import path

from studies.consent_texts import views as consent

CONSENT = "studies/<code:study>/protocol/consent/"

staff = [
    path(f"{CONSENT}add/", consent.add, name="consent_add"),
    path(f"{CONSENT}<int:pk>/", consent.show, name="consent_document"),
    path(f"{CONSENT}<int:pk>/edit/", consent.edit, name="consent_edit"),
    path(f"{CONSENT}<int:pk>/in-force/", consent.put_in_force, name="consent_in_force"),
    path(f"{CONSENT}<int:pk>/discard/", consent.discard, name="consent_discard"),
]
