"""Addresses of trying a package on one photo."""

from django.urls import path

from inference.trials import views

staff = [
    path("models/<int:pk>/try/", views.try_package, name="try"),
    path("models/tries/<uuid:trial>/", views.trial, name="trial"),
    path("models/tries/<uuid:trial>/forget/", views.forget, name="trial_forget"),
]
