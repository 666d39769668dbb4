"""Addresses of the participant's own pages."""

from django.urls import URLPattern

app_name = "my"
urlpatterns: list[URLPattern] = []
