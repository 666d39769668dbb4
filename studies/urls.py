"""Every address of the app, collected from its rooms."""

from django.urls import include, path

from studies.amendments import urls as amendments
from studies.assignments import urls as assignments
from studies.audit_trail import urls as audit_trail
from studies.consent_texts import urls as consent_texts
from studies.edit_checks import urls as edit_checks
from studies.instruments import urls as instruments
from studies.members import urls as members
from studies.pages import urls as pages
from studies.protocol import urls as protocol
from studies.protocol_file import urls as protocol_file
from studies.randomisation import urls as randomisation

staff = [
    *pages.staff,
    *protocol_file.staff,
    *amendments.staff,
    *consent_texts.staff,
    *instruments.staff,
    *assignments.staff,
    *edit_checks.staff,
    *randomisation.staff,
    *protocol.staff,
    *members.staff,
    *audit_trail.staff,
]
api = [*protocol.api, *instruments.api, *assignments.api]
urlpatterns = [
    path("accounts/", include("studies.members.account_urls")),
    path("", include((staff, "studies"))),
]
