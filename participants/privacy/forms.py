"""Forms of the staff's pages about requests: taken down for a participant, and acted on."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from participants.people.models import Participant
from participants.privacy.models import DataRequest

Kind = DataRequest.Kind


def _choice(name: str, what: str) -> SafeString:
    return format_html('<strong>{}</strong> <span class="muted">{}</span>', name, what)


class ActForm(forms.Form):
    """A note, where the act asks for one."""

    note = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["note"].label = label
            self.fields["note"].help_text = "No names, please."
        else:
            del self.fields["note"]


class WithdrawForm(forms.Form):
    """What is to become of what was collected, why taking part ends, and that it is meant."""

    KINDS = (
        (
            Kind.STOP_KEEP.value,
            _choice("Stop and keep.", "What was collected until now stays in use."),
        ),
        (
            Kind.STOP.value,
            _choice(
                "Stop.",
                "What was collected is locked: not scored, shown to researchers or exported.",
            ),
        ),
        (
            Kind.ERASE.value,
            _choice(
                "Erase.",
                "Locked at once; photos, scores, name and contact are erased after a few days in "
                "which it can be taken back.",
            ),
        ),
    )
    WHY = (
        ("Participant's wish", "The participant wishes to stop"),
        ("Adverse event", "An adverse event"),
        ("Investigator's decision", "The investigator's decision"),
        ("Lost to follow-up", "Lost to follow-up: cannot be reached"),
        ("Moved away", "Moved away"),
        ("Other reason", "Another reason"),
    )
    kind = forms.ChoiceField(
        label="What was collected until now", choices=KINDS, widget=forms.RadioSelect
    )
    why = forms.ChoiceField(label="Reason", choices=WHY, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Note",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the audit trail: no names, please.",
    )
    sure = forms.BooleanField(label="I understand that collecting cannot be resumed")

    def __init__(self, *args: Any, participant: Participant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(participant)

    def offer(self, participant: Participant) -> None:
        """Of someone who has stopped already, only what goes further is offered."""
        gone = participant.state == Participant.State.WITHDRAWN
        locked = participant.data_use == Participant.DataUse.RESTRICTED
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - narrows the type
        field.choices = [
            (kind, words)
            for kind, words in self.KINDS
            if not (gone and (kind == Kind.STOP_KEEP or (kind == Kind.STOP and locked)))
        ]

    def ask_again(self, participant: Participant) -> None:
        """Things stand otherwise than the page said: offer anew, and ask whether it is meant."""
        self.offer(participant)
        self.data = {name: self.data[name] for name in self.data if name != "sure"}

    def reason(self) -> str:
        """Reason and note in one line; call when the form is valid."""
        why, note = self.cleaned_data["why"], self.cleaned_data["note"].strip()
        return f"{why}: {note}" if note else why
