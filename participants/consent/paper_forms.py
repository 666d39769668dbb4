"""The form of a consent on paper. Staff's own: participants read their text on the paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from participants.consent.models import Consent
from participants.consent.services.paper import Signed
from studies.consent_texts.models import ConsentDocument
from studies.platform.forms import OnceForm


class _Pages(forms.ClearableFileInput):
    allow_multiple_selected = True


class PagesField(forms.FileField):
    """Several files in their order; clean, they are a list."""

    widget = _Pages

    def clean(self, value: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = value if isinstance(value, list | tuple) else [value]
        return [super(PagesField, self).clean(page, initial) for page in given]


def _day(**attrs: str) -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", **attrs}, format="%Y-%m-%d")


class PaperForm(OnceForm):
    """What stands on the paper, and its pages."""

    CHOICE = "choice-"

    pages = PagesField(
        label=_("Signed pages"),
        widget=_Pages(attrs={"accept": "image/jpeg,image/png,image/webp,image/heic"}),
        help_text=_(
            "Photographed or scanned as pictures (JPEG, PNG, HEIC), in their order, 20 at most. "
            "They are encrypted; only coordinators of the site can open them."
        ),
    )
    on = forms.DateField(label=_("Day of the signature"), widget=_day())
    given_by = forms.ChoiceField(
        label=_("Signed by"),
        choices=[(code, capfirst(words)) for code, words in Consent.GivenBy.choices],
        initial=Consent.GivenBy.SELF,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Full name of the person who signed"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
    )
    relationship = forms.CharField(
        label=_("What they are to the participant"),
        required=False,
        max_length=60,
        help_text=_("For a representative or guardian, for example mother. No name."),
    )
    assent = forms.CharField(
        label=_("Name of the minor, who agreed as well"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Only where a guardian signed. Without the minor's assent nobody takes part."),
    )
    of_age_on = forms.DateField(
        label=_("Day from which the minor signs alone"),
        required=False,
        widget=_day(),
        help_text=_("Kept as a month. From then on they are asked for their own consent."),
    )
    witness = forms.CharField(
        label=_("Name of the impartial witness"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Only where one signed, as for somebody who cannot read."),
    )

    def __init__(self, *args: Any, document: ConsentDocument, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.document = document
        for choice in document.choices:
            self.fields[self.CHOICE + choice["code"]] = forms.BooleanField(
                label=choice["text"], required=False
            )

    def choice_fields(self) -> list[tuple[forms.BoundField, bool]]:
        """Each choice and whether it is needed, for the template."""
        return [
            (self[self.CHOICE + choice["code"]], choice["required"])
            for choice in self.document.choices
        ]

    def given(self) -> dict[str, Any]:
        """What the service takes besides the participant, the text and who acts."""
        said = self.cleaned_data
        names = ("on", "name", "given_by", "relationship", "witness", "assent", "of_age_on")
        files: Sequence[UploadedFile[Any]] = said["pages"]
        return {
            "choices": {
                choice["code"]: said[self.CHOICE + choice["code"]]
                for choice in self.document.choices
            },
            "signed": Signed(**{name: said[name] for name in names}),
            "pages": [file.read() for file in files],
            "request_id": said["request_id"],
        }
