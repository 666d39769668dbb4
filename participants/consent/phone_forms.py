"""Forms of consent on the participant's own phone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.consent.forms import ConsentForm
from participants.consent.models import Consent, ConsentReading
from studies.consent_texts.models import ConsentDocument
from studies.platform.forms import OnceForm


class PhoneConsentForm(ConsentForm):
    """The check questions, choices, name and signature of one text, begun where it was left."""

    QUESTION = "question-"

    typed_name = forms.CharField(
        label=_("Your full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words"}),
    )
    sign_by_typing = forms.BooleanField(label=_("Sign with my typed name instead"), required=False)

    def __init__(
        self, *args: Any, document: ConsentDocument, reading: ConsentReading, **kwargs: Any
    ) -> None:
        super().__init__(*args, document=document, **kwargs)
        self.reading = reading
        for code, agreed in reading.choices.items():
            self.initial[self.CHOICE + code] = agreed
        for number, question in enumerate(document.questions, 1):
            options = [(str(place), text) for place, text in enumerate(question["options"], 1)]
            self.fields[f"{self.QUESTION}{number}"] = forms.ChoiceField(
                label=question["text"],
                choices=options,
                widget=forms.RadioSelect,
                error_messages={"required": _("Please choose one of the answers.")},
            )
            if str(number) in reading.checks:
                self.initial[f"{self.QUESTION}{number}"] = str(
                    reading.checks[str(number)]["option"]
                )

    def clean(self) -> dict[str, Any]:
        """A choice that taking part needs is asked for beside it."""
        given = super().clean()
        for field, needed in self.choice_fields():
            if needed and not given.get(field.name):
                self.add_error(field.name, _("Taking part needs agreement to this point."))
        return given

    def answers(self) -> dict[int, int]:
        """Number of the question → the answer chosen, both from 1; only those that are valid."""
        numbers = range(1, len(self.document.questions) + 1)
        chosen = {n: self.cleaned_data.get(f"{self.QUESTION}{n}") for n in numbers}
        return {number: int(option) for number, option in chosen.items() if option}

    def ticked(self) -> dict[str, bool]:
        """Choice code → ticked, also when the rest of the form is not valid."""
        return {
            choice["code"]: bool(self.data.get(self.CHOICE + choice["code"]))
            for choice in self.document.choices
        }

    def questions(self) -> list[dict[str, Any]]:
        """Each question with its field and what was said to the last answer, for the template."""
        return [
            {
                "number": number,
                "field": self[f"{self.QUESTION}{number}"],
                "check": self.reading.checks.get(str(number)),
                "explanation": question["explanation"],
            }
            for number, question in enumerate(self.document.questions, 1)
        ]


class ChoicesForm(OnceForm):
    """The optional choices of the consent in force, and the name when more is agreed to."""

    CHOICE = "choice-"

    typed_name = forms.CharField(
        label=_("Your full name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words"}),
    )

    def __init__(self, *args: Any, consent: Consent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.consent = consent
        for choice in self._optional():
            self.fields[self.CHOICE + choice["code"]] = forms.BooleanField(
                label=choice["text"],
                required=False,
                initial=consent.choices.get(choice["code"]) is True,
            )

    def _optional(self) -> list[Any]:
        return [choice for choice in self.consent.document.choices if not choice["required"]]

    def choice_fields(self) -> list[forms.BoundField]:
        """The choices that can be changed, for the template."""
        return [self[self.CHOICE + choice["code"]] for choice in self._optional()]

    def needed(self) -> list[str]:
        """The words of the points that taking part needs."""
        return [c["text"] for c in self.consent.document.choices if c["required"]]

    def choices(self) -> dict[str, bool]:
        """Choice code → agreed; call when the form is valid."""
        return {c["code"]: self.cleaned_data[self.CHOICE + c["code"]] for c in self._optional()}
