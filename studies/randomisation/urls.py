"""Addresses of the scheme of randomisation."""

from django.urls import path

from studies.randomisation import views

RANDOMISATION = "studies/<code:study>/randomisation/"
SCHEME = f"{RANDOMISATION}<int:pk>/"

staff = [
    path(RANDOMISATION, views.overview, name="randomisation"),
    path(f"{RANDOMISATION}draw/", views.draw, name="randomisation_draw"),
    path(f"{RANDOMISATION}list/", views.upload, name="randomisation_list"),
    path(f"{RANDOMISATION}unblind/", views.unblind, name="randomisation_unblind"),
    path(f"{SCHEME}start/", views.start, name="randomisation_start"),
    path(f"{SCHEME}extend/", views.extend, name="randomisation_extend"),
    path(f"{SCHEME}end/", views.end, name="randomisation_end"),
    path(f"{SCHEME}proof/", views.proof, name="randomisation_proof"),
    path(f"{SCHEME}file/", views.download, name="randomisation_file"),
]
