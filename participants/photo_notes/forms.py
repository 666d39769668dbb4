"""Forms of notes on photos."""

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.queries.models import LONGEST
from studies.platform.forms import OnceForm


class PhotoNoteForm(OnceForm):
    """A note at a place of the photo, or the words of a query about it."""

    region = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("In words"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("No names and no arms, please. It cannot be changed afterwards."),
    )


class StrikeForm(forms.Form):
    """Why a note no longer holds."""

    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("A few words, without names and arms. They stay beside the note."),
        max_length=LONGEST,
    )
