"""A study's settings of reminders."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from studies.access.permissions import Permission
from studies.protocol.models import ReminderSettings, Study
from studies.protocol.reminder_forms import ReminderForm
from studies.protocol.services import reminders as service
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page, protocol_url


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def reminders(request: StaffRequest, study: Study) -> HttpResponse:
    """Which messages participants get, when, and by which ways."""
    known = ReminderSettings.objects.filter(study=study).first()
    form = ReminderForm(
        request.POST or None, instance=known or ReminderSettings(study=study), study=study
    )
    return form_page(
        request,
        form=form,
        save=lambda _values: service.edit_reminders(study=study, by=request.user, **form.values()),
        current=lambda: service.form_values(service.settings_of(study)),
        done="The reminders are changed. Messages that wait are planned anew.",
        to=protocol_url(study.code, "reminders"),
        section="protocol",
        heading="Reminders",
    )
