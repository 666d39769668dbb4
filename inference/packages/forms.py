"""Forms of the pages of model packages."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator

from inference.pipeline.package import CheckLimits

MAX_PACKAGE_BYTES = CheckLimits().file_bytes


class ReasonForm(forms.Form):
    """Why something about the models is changed."""

    reason = forms.CharField(max_length=500, help_text="Kept in the audit trail.")


class ReportForm(forms.Form):
    """The evaluation report of a package."""

    report = forms.FileField(
        label="Evaluation report",
        help_text="The JSON that manage.py evaluate_model writes; it names the package's SHA-256.",
        validators=[
            FileExtensionValidator(["json"], "Choose a JSON file (its name ends in .json).")
        ],
        widget=forms.ClearableFileInput(attrs={"accept": ".json"}),
    )


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
    report = forms.FileField(
        required=False,
        label="Evaluation report",
        help_text="Optional: the JSON that manage.py evaluate_model writes about this file.",
        widget=forms.ClearableFileInput(attrs={"accept": ".json"}),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """Refuse what is too large before it is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_PACKAGE_BYTES:
            raise forms.ValidationError("This file is larger than 256 MiB.")
        return file
