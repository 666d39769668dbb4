"""Forms of amendments: they collect and show what was typed; services decide."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from studies.amendments.models import Amendment, SiteApproval
from studies.amendments.services.consents import nameable
from studies.consent_texts.models import ConsentVersion
from studies.protocol.forms import ArmForm, CriterionForm, VisitForm
from studies.protocol.models import Study

PART_FORMS: dict[str, type[forms.ModelForm[Any]]] = {
    "visits": VisitForm,
    "arms": ArmForm,
    "criteria": CriterionForm,
}


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AmendmentForm(forms.ModelForm[Amendment]):
    """What an amendment is called, whom it reaches, and which consent goes with it."""

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = self.fields["consent_version"]
        assert isinstance(versions, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        versions.queryset = nameable(study, self.instance.consent_version_id)
        versions.empty_label = str(_("None: the consent stays as it is"))

    class Meta:
        model = Amendment
        fields = ["title", "summary", "reach", "consent_version", "asks"]
        widgets: ClassVar = {
            "summary": forms.Textarea(attrs={"rows": 4}),
            "reach": forms.RadioSelect,
            "asks": forms.RadioSelect,
        }
        labels: ClassVar = {
            "title": _("Title"),
            "summary": _("What changes, and why"),
            "reach": _("Whom it reaches"),
            "consent_version": _("Consent that goes with it"),
            "asks": _("Who is asked to consent"),
        }
        help_texts: ClassVar = {
            "title": _("For example: a visit at week 12."),
            "summary": _("As the ethics committees read it."),
            "reach": _(
                "Visits that are open, begun, made or missed stay as they are, whomever it reaches."
            ),
            "consent_version": _(
                "A version that is drafted and not in force yet. It is shown at a site from the "
                "day on which the amendment takes effect there."
            ),
            "asks": _("Only where a consent goes with it."),
        }


class TargetForm(forms.Form):
    """How many a site hopes to enrol."""

    enrolment_target = forms.IntegerField(label=_("Target"), min_value=0, max_value=100_000)


class ApprovalForm(forms.ModelForm[SiteApproval]):
    """What a site's ethics committee has decided, and from when the site follows it."""

    def __init__(self, *args: Any, amendment: Amendment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = self.fields["consent_version"]
        assert isinstance(versions, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        known = ConsentVersion.objects.filter(study=amendment.study, documents__isnull=False)
        own = amendment.consent_version_id
        versions.queryset = known.exclude(pk=own or 0).distinct()
        versions.empty_label = str(_("The amendment's own"))
        if own is None or not versions.queryset.exists():
            del self.fields["consent_version"]

    class Meta:
        model = SiteApproval
        fields = ["approved_on", "effective_on", "reference", "consent_version"]
        widgets: ClassVar = {"approved_on": _date(), "effective_on": _date()}
        labels: ClassVar = {
            "approved_on": _("Approved on"),
            "effective_on": _("In force from"),
            "reference": _("Reference"),
            "consent_version": _("Consent of this site"),
        }
        help_texts: ClassVar = {
            "approved_on": _("The day of the ethics committee's decision."),
            "effective_on": _("Today or a later day: the first on which the site follows it."),
            "reference": _("The committee's own, as on its letter."),
            "consent_version": _("Where this site's committee asked for other words."),
        }

    def _get_validation_exclusions(self) -> set[str]:
        """The service judges the days together, with a sentence of its own for each."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return {*excluded, "amendment", "site"}

    def validate_constraints(self) -> None:
        """The service does."""


class RemovalForm(forms.Form):
    """Why an approval is removed."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=500,
        help_text=_("For example: the letter was of another site."),
    )


class CorrectionForm(forms.Form):
    """What was entered of an approval, put right."""

    approved_on = forms.DateField(
        label=_("Approved on"),
        widget=_date(),
        help_text=_("The day of the ethics committee's decision."),
    )
    effective_on = forms.DateField(label=_("In force from"), widget=_date())
    reference = forms.CharField(label=_("Reference"), max_length=100, required=False)
    reason = forms.CharField(label=_("Why?"), max_length=500)

    def __init__(self, *args: Any, began: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].help_text = (
            _("This day has begun, so it stays: visits opened under the version.")
            if began
            else _("Today or a later day: the first on which the site follows it.")
        )
        if began:
            self.fields["effective_on"].widget.attrs["readonly"] = True
