"""The form of a trial."""

from __future__ import annotations

from typing import Any

from django import forms

from participants.capture.models import Photo
from studies.protocol.models import View


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
