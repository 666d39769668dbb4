"""Forms of acts on visits and of notes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.visits.models import Visit
from studies.platform.forms import OnceForm, ReasonForm
from studies.protocol.models import View


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class VisitReasonForm(ReasonForm):
    """Why; it comes last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("Kept in the audit trail: no names, please.")
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])


class RescheduleForm(VisitReasonForm):
    """The day that a visit is meant for now."""

    day = forms.DateField(label=_("New day"), widget=_date())


class UnscheduledForm(VisitReasonForm):
    """A visit in between."""

    day = forms.DateField(label=_("Day"), widget=_date())
    last_day = forms.DateField(
        label=_("Last day for the photos"),
        widget=_date(),
        help_text=_("The same day, where the photos are taken at the clinic."),
    )
    views = forms.MultipleChoiceField(
        label=_("Photos to be taken"), choices=View.choices, widget=forms.CheckboxSelectMultiple
    )


class NoteForm(OnceForm):
    """A note, which is signed by whoever is signed in."""

    text = forms.CharField(
        label=_("Note"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("No names, please. It cannot be edited afterwards, only struck through."),
    )


class ClinicPhotoForm(OnceForm):
    """One photo of one view; the form's number becomes the photo's."""

    view = forms.ChoiceField(label=_("View"), widget=forms.RadioSelect)
    photo = forms.FileField(
        label=_("Photo"),
        widget=forms.ClearableFileInput(
            attrs={"accept": "image/*,.heic,.heif", "data-preview": "#preview"}
        ),
        help_text=_("As the camera saved it: not edited, cropped or sent by a messenger."),
    )

    def __init__(self, *args: Any, visit: Visit, missing: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        view = self.fields["view"]
        assert isinstance(view, forms.ChoiceField)  # noqa: S101 - narrows the type
        lacking = set(missing)
        view.choices = [
            (code, View(code).label if code in lacking else f"{View(code).label} (accepted)")
            for code in visit.definition.views
        ]
