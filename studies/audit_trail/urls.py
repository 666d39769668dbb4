"""Addresses of the audit trail."""

from django.urls import path

from studies.audit_trail import views

staff = [
    path("studies/<code:study>/record/", views.record, name="record"),
    path("record/", views.platform_record, name="platform_record"),
]
