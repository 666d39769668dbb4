"""The form of a comparison."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from inference.packages.models import ModelPackage


class CompareForm(forms.Form):
    """Which two packages to compare."""

    first = forms.ModelChoiceField(queryset=ModelPackage.objects.none(), empty_label=None)
    second = forms.ModelChoiceField(queryset=ModelPackage.objects.none(), empty_label=None)

    def __init__(self, *args: Any, packages: QuerySet[ModelPackage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - narrows the type
            field.queryset = packages
