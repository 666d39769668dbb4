"""Forms of a study's models."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from inference.packages.forms import ReasonForm
from inference.packages.models import ModelPackage


class ActivateForm(forms.Form):
    """Which package to take into use, and why."""

    package = forms.ModelChoiceField(queryset=ModelPackage.objects.none(), empty_label=None)
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the study's record.",
    )
    score_accepted = forms.BooleanField(
        required=False,
        label="Also score the photos accepted so far",
        help_text="Every accepted photo is scored once whose participant consented to scoring.",
    )

    def __init__(self, *args: Any, packages: QuerySet[ModelPackage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["package"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        field.queryset = packages


class RescoreForm(ReasonForm):
    """Which package to score the study's photos with again, and why."""

    package = forms.ModelChoiceField(queryset=ModelPackage.objects.none(), empty_label=None)
    field_order = ["package", "reason"]

    def __init__(self, *args: Any, packages: QuerySet[ModelPackage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["package"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        field.queryset = packages
