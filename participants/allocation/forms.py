"""Forms of randomising, unblinding and annotating."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RandomiseForm(forms.Form):
    """That it is meant."""

    sure = forms.BooleanField(
        label=_("The participant is present or on the phone, and nothing stands against it."),
        error_messages={"required": _("Tick this once it is so.")},
    )


class UnblindForm(forms.Form):
    """Why, and who."""

    reason = forms.CharField(
        label=_("Why does it have to be known now?"),
        help_text=_("A sentence. It stays in the audit trail; the managers read it. No names."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
    )
    password = forms.CharField(
        label=_("Your password"),
        help_text=_("You are signed in; it is asked for again so that it was you."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )


class AnnotateForm(forms.Form):
    """What was wrong with an allocation."""

    text = forms.CharField(
        label=_("What was wrong"),
        help_text=_("For example: randomised before the laboratory result. Name no arm."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
    )
