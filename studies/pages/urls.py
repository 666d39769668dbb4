"""Addresses of home and of a study's protocol."""

from django.urls import path

from studies.pages import views

staff = [
    path("", views.home, name="home"),
    path("studies/<code:study>/protocol/", views.protocol, name="protocol"),
]
