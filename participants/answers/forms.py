"""Forms of staff about answers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.answers.models import LONGEST_NOTE


class AcknowledgeForm(forms.Form):
    """What was done about an alert."""

    note = forms.CharField(
        label=_("What was done?"),
        help_text=_("A few words, without names. They stay with the alert and in the audit trail."),
        widget=forms.TextInput,
        max_length=LONGEST_NOTE,
    )
