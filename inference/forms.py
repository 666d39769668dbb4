"""Forms of the models pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.db.models import QuerySet

from inference.models import ModelPackage
from inference.pipeline.package import CheckLimits

MAX_PACKAGE_BYTES = CheckLimits().file_bytes


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
        help_text="One run per accepted photo whose participant consented to scoring.",
    )

    def __init__(self, *args: Any, packages: QuerySet[ModelPackage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["package"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        field.queryset = packages


class DeactivateForm(forms.Form):
    """Why a package is taken out of use."""

    reason = forms.CharField(max_length=500, help_text="Kept in the study's record.")


class RegisterForm(forms.Form):
    """The file of a model package."""

    file = forms.FileField(
        label="Model package",
        help_text="An ONNX file that carries its card, at most 256 MiB.",
        validators=[
            FileExtensionValidator(["onnx"], "Choose an ONNX file (its name ends in .onnx).")
        ],
        widget=forms.ClearableFileInput(attrs={"accept": ".onnx"}),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """Refuse what is too large before it is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_PACKAGE_BYTES:
            raise forms.ValidationError("This file is larger than 256 MiB.")
        return file
