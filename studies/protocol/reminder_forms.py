"""The form of a study's reminders."""

from typing import Any, ClassVar

from django import forms

from studies.protocol.forms import StudyPartForm
from studies.protocol.models import ReminderSettings
from studies.protocol.models.reminders import CHANNELS, KINDS

_TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
FIRST = [("", "In the order above"), *CHANNELS.items()]


class ReminderForm(StudyPartForm, forms.ModelForm[ReminderSettings]):
    """Which messages, when, and by which ways."""

    kinds = forms.MultipleChoiceField(
        label="Tell participants when",
        choices=list(KINDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    channels = forms.MultipleChoiceField(
        label="Ways to reach them",
        choices=list(CHANNELS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Participants may switch off each of them for themselves.",
    )
    first = forms.ChoiceField(
        label="Tried first", choices=FIRST, required=False, help_text="The others follow."
    )

    class Meta:
        model = ReminderSettings
        fields = [
            "kinds",
            "channels",
            "first",
            "send_at",
            "days_before_close",
            "quiet_from",
            "quiet_until",
            "hours_between",
            "max_per_week",
            "sender_name",
        ]
        widgets: ClassVar = {"send_at": _TIME, "quiet_from": _TIME, "quiet_until": _TIME}
        labels: ClassVar = {
            "send_at": "Time of reminders",
            "days_before_close": "“Closes soon”, days before the last day",
            "quiet_from": "Quiet from",
            "quiet_until": "Quiet until",
            "hours_between": "Hours between two messages",
            "max_per_week": "Messages a week at most",
            "sender_name": "Name in messages",
        }
        help_texts: ClassVar = {
            "send_at": "On the clock of the place where the participant is.",
            "quiet_from": "Participants may choose other hours.",
            "sender_name": (
                "Seen on locked phones, so it says nothing of the study or an illness. Empty: "
                "“Your photo study”, in the participant's language."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.channels:
            self.initial["first"] = self.instance.channels[0]

    def values(self) -> dict[str, Any]:
        """What the service takes: the channels in the order they are tried."""
        values = dict(self.cleaned_data)
        first = values.pop("first")
        channels = values["channels"]
        values["channels"] = sorted(channels, key=lambda name: name != first)
        return values
