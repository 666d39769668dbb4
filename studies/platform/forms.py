"""What forms of every room share."""

import uuid
from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from studies.platform.errors import Refusal, fields_of


def show_refusal(
    form: forms.BaseForm,
    refusal: Refusal,
    *,
    prefix: str = "",
    rename: Mapping[str, str] | None = None,
) -> None:
    """Put what a service refused beside its fields; what has no field goes to the top.

    ``prefix`` is tried where a field of the refusal's name is missing, ``rename`` names fields
    that the form calls otherwise.
    """
    named = fields_of(refusal)
    for name, sentence in named.items():
        known = (rename or {}).get(name, name)
        field = known if known in form.fields else f"{prefix}{known}"
        form.add_error(field if field in form.fields else None, sentence)
    if not named:
        form.add_error(None, refusal.message)


class ReasonForm(forms.Form):
    """Why something changes; asked for once a study has left the draft."""

    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("A few words. They stay in the audit trail."),
        widget=forms.TextInput,
        max_length=500,
    )


class OnceForm(forms.Form):
    """A form that carries its own number, so that sending it twice does it once."""

    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
