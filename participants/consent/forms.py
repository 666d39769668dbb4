"""The form of consent: the choices, the typed name, the signature."""

import binascii
from base64 import b64decode
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.consent.models import Consent
from participants.consent.services.guardians import Guardian
from studies.consent_texts.models import ConsentDocument
from studies.platform.forms import OnceForm

_DATA_URL = "data:image/png;base64,"


class ConsentForm(OnceForm):
    """The choices of one consent text, the typed name and the signature."""

    CHOICE = "choice-"

    document_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)
    typed_name = forms.CharField(
        label=_("Full name of the person who consents"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
    )
    signature = forms.CharField(max_length=800_000, required=False, widget=forms.HiddenInput)
    sign_by_typing = forms.BooleanField(
        label=_("Sign by typing the name instead of drawing"), required=False
    )

    def __init__(
        self, *args: Any, document: ConsentDocument, guardian: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.document = document
        self.fields["document_sha256"].initial = document.sha256
        for choice in document.choices:
            self.fields[self.CHOICE + choice["code"]] = forms.BooleanField(
                label=choice["text"], required=False
            )
        if guardian:
            self.fields |= _signer_fields()

    def choice_fields(self) -> list[tuple[forms.BoundField, bool]]:
        """Each choice and whether it is needed, for the template."""
        return [
            (self[self.CHOICE + choice["code"]], choice["required"])
            for choice in self.document.choices
        ]

    def clean(self) -> dict[str, Any]:
        """Either a drawn signature or the box that says the typed name is one."""
        given = super().clean() or self.cleaned_data
        if not given.get("sign_by_typing") and not given.get("signature"):
            self.add_error(
                "signature",
                _("Please sign in the field, or tick the box to sign with your typed name."),
            )
        return given

    def choices(self) -> dict[str, bool]:
        """Choice code → agreed; call when the form is valid."""
        given = self.cleaned_data
        return {
            choice["code"]: given[self.CHOICE + choice["code"]] for choice in self.document.choices
        }

    def given(self) -> dict[str, Any]:
        """What ``give_consent`` asks for besides the participant, the text and who acts."""
        said = self.cleaned_data
        return {
            "document_sha256": said["document_sha256"],
            "choices": self.choices(),
            "typed_name": said["typed_name"],
            "signature_png": self.signature_png(),
            "guardian": self.guardian(),
            "request_id": said["request_id"],
        }

    def guardian(self) -> Guardian | None:
        """Who signs for a minor; ``None`` where the participant does."""
        said = self.cleaned_data
        if said.get("given_by") != Consent.GivenBy.GUARDIAN:
            return None
        return Guardian(
            relationship=said["relationship"],
            agrees=said["agrees"],
            assent=said["assent"],
            of_age_on=said["of_age_on"],
        )

    def signature_png(self) -> bytes:
        """The drawn picture; empty when signed by typing. Junk stays junk for the service."""
        if self.cleaned_data["sign_by_typing"]:
            return b""
        try:
            return b64decode(self.cleaned_data["signature"].removeprefix(_DATA_URL), validate=True)
        except (binascii.Error, ValueError):
            return b"not base64"


def _signer_fields() -> dict[str, forms.Field]:
    """Who signs; the words stand in the template, in the participant's language."""
    plain = {"autocomplete": "off"}
    who = [(Consent.GivenBy.SELF, ""), (Consent.GivenBy.GUARDIAN, "")]
    day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return {
        "given_by": forms.ChoiceField(choices=who, widget=forms.RadioSelect),
        "relationship": forms.CharField(
            required=False, max_length=60, widget=forms.TextInput(attrs=plain)
        ),
        "of_age_on": forms.DateField(required=False, widget=day),
        "agrees": forms.BooleanField(required=False),
        "assent": forms.CharField(
            required=False, max_length=120, widget=forms.TextInput(attrs=plain)
        ),
    }
