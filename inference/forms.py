"""Forms of the models pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.db.models import QuerySet

from inference.models import ModelPackage
from inference.pipeline.package import CheckLimits
from participants.models import Photo
from studies.models import View

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


class ReasonForm(forms.Form):
    """Why something about the models is changed."""

    reason = forms.CharField(max_length=500, help_text="Kept in the record of acts.")


class RescoreForm(ReasonForm):
    """Which package to score the study's photos with again, and why."""

    package = forms.ModelChoiceField(queryset=ModelPackage.objects.none(), empty_label=None)
    field_order = ["package", "reason"]

    def __init__(self, *args: Any, packages: QuerySet[ModelPackage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["package"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        field.queryset = packages


class CompareForm(forms.Form):
    """Which two packages to compare."""

    first = forms.ModelChoiceField(queryset=ModelPackage.objects.none(), empty_label=None)
    second = forms.ModelChoiceField(queryset=ModelPackage.objects.none(), empty_label=None)

    def __init__(self, *args: Any, packages: QuerySet[ModelPackage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - narrows the type
            field.queryset = packages


class TryForm(forms.Form):
    """A photo to try a package on: a study's, or a file sent for this alone."""

    photo = forms.ChoiceField(
        required=False,
        label="A photo of a study",
        help_text="The newest accepted photos you may see. Looking at one is recorded.",
    )
    file = forms.FileField(
        required=False,
        label="Or a photo file",
        help_text="Kept for an hour at most, shown to nobody else, part of no study.",
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )
    view = forms.ChoiceField(
        choices=View.choices,
        label="Side of the face",
        help_text="Of the file; the side of the person's own face that is seen.",
    )
    profile = forms.ChoiceField(
        choices=[("off", "Score any face"), ("normal", "Normal"), ("strict", "Strict")],
        initial="normal",
        label="Quality of the file",
        help_text="How strictly it is judged before it is scored.",
    )

    def __init__(self, *args: Any, photos: list[Photo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["photo"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - narrows the type
        choices = [(str(photo.pk), _photo_words(photo)) for photo in photos]
        field.choices = [("", "None: I send a file"), *choices]

    def clean(self) -> dict[str, Any]:
        """One photo, from one place."""
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("photo")) == bool(cleaned.get("file")):
            raise forms.ValidationError("Choose a photo of a study, or a file: one of the two.")
        return cleaned


def _photo_words(photo: Photo) -> str:
    visit = photo.visit
    where = f"{visit.participant.study.code} {visit.participant.code}"
    return f"{where}, {visit.definition.name}, {photo.get_view_display()}"


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
