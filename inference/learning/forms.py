"""What a manager says before a package is trained."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms


class TrainingForm(forms.Form):
    """The consent's choice that allows it, and on what terms."""

    choice = forms.ChoiceField(
        label="Choice of the consent",
        help_text="Only photos of participants who agree to it now are used.",
    )
    terms = forms.CharField(
        label="What allows it, and on what terms",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Which consent document, for what, until when. It is written into the card.",
    )

    def __init__(self, *args: Any, choices: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: Iterable[tuple[str, str]] = (choices or {}).items()
        self.fields["choice"].choices = list(offered)  # type: ignore[attr-defined]
