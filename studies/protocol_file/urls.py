"""The address of the protocol's file."""

from django.urls import path

from studies.protocol_file import views

staff = [
    path("studies/<code:study>/protocol/file/", views.protocol_file, name="protocol_file"),
]
