"""The search box of participants."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.people.services import finding


class FindForm(forms.Form):
    """What is looked for. It is posted: an address is kept by browsers and servers."""

    text = forms.CharField(
        label=gettext_lazy("Find a participant"),
        max_length=finding.LONGEST,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: object, names: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["text"].help_text = (
            _("A code, whole words of the name, the phone number or the e-mail address.")
            if names
            else _("A code or a part of it.")
        )
