"""Forms about instruments."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from studies.instruments.definition import PLAIN, Choice, Definition, Item
from studies.instruments.editing import Wanted, can_be_required
from studies.instruments.models import InstrumentVersion
from studies.platform.forms import ask_to_confirm


class ImportForm(forms.Form):
    """The file of an instrument."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "An XLSForm (.xlsx) or a REDCap data dictionary (.csv, as REDCap or Excel saves it). "
            "At most 4 MiB."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class PublishForm(forms.Form):
    """What a version applies to; asked where another was published before."""

    applies_to = forms.CharField(
        label=_("What it applies to"),
        help_text=_("From when and for whom, such as: visits from 1 March on, all sites."),
        widget=forms.TextInput,
        max_length=300,
    )

    def __init__(self, *args: Any, version: InstrumentVersion, **kw: Any) -> None:
        super().__init__(*args, **kw)
        published = version.instrument.versions.filter(state="published")
        if not published.exists():
            del self.fields["applies_to"]
        ask_to_confirm(self)


class LanguageForm(forms.Form):
    """One more language of a draft."""

    language = forms.CharField(
        label=_("Another language"),
        help_text=_("As the form is to call it, for example ไทย (th)."),
        max_length=40,
    )


WORDS: Final = {
    "labels": _("Question"),
    "hints": _("Hint"),
    "required_messages": _("Said where an answer is missing"),
    "constraint_messages": _("Said where an answer is not possible"),
}


@dataclass(frozen=True)
class ChoiceRow:
    """One choice on the page: its code, and its fields."""

    code: str
    place: Any
    gone: Any
    words: list[Any]


class QuestionForm(forms.Form):
    """A question of a draft: words by language, choices, whether it is required.

    Fields are named after what they hold and the place of the language (``labels-0``) or choice
    (``choice-2-0``): names of languages and codes are no names of fields.
    """

    def __init__(self, *args: Any, definition: Definition, item: Item, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.definition, self.item = definition, item
        self.languages = definition.languages
        for name in self._asked():
            for at, language in enumerate(self.languages):
                label = WORDS[name] if language == PLAIN else f"{WORDS[name]}, {language}"
                said = getattr(item, name).get(language, "")
                first = name == "labels" and language == definition.default_language
                several = name == "labels" or "\n" in said
                widget = forms.Textarea(attrs={"rows": 2}) if several else forms.TextInput()
                self.fields[f"{name}-{at}"] = forms.CharField(
                    label=label,
                    required=first and bool(item.labels),
                    initial=said,
                    widget=widget,
                )
        if can_be_required(item):
            self.fields["required"] = forms.BooleanField(
                label=_("An answer is needed"), required=False, initial=item.required == "true()"
            )
        if item.choices:
            self._add_choices()

    def _asked(self) -> list[str]:
        """Which words a question can have: messages only where something can be refused."""
        item = self.item
        named = ["labels"]
        if item.kind == "question":
            named.append("hints")
        if can_be_required(item) or item.required:
            named.append("required_messages")
        if item.constraint:
            named.append("constraint_messages")
        return named

    @property
    def _choices(self) -> list[Choice]:
        return self.definition.lists.get(self.item.choices, [])

    def _add_choices(self) -> None:
        for number, choice in enumerate([*self._choices, None], start=1):
            place = forms.IntegerField(label=_("Place"), initial=number, min_value=1, max_value=999)
            self.fields[f"place-{number}"] = place
            if choice is None:
                code = forms.CharField(label=_("Code"), required=False, max_length=60)
                self.fields["new-code"] = code
            else:
                gone = forms.BooleanField(label=_("Take out"), required=False)
                self.fields[f"gone-{number}"] = gone
            for at, language in enumerate(self.languages):
                self.fields[f"choice-{number}-{at}"] = forms.CharField(
                    label=_("Words") if language == PLAIN else language,
                    required=False,
                    initial=choice.labels.get(language, "") if choice else "",
                    max_length=500,
                )

    @property
    def choice_rows(self) -> list[ChoiceRow]:
        """The choices as the page shows them; the last is one to add."""
        if not self.item.choices:
            return []
        rows = []
        for number, choice in enumerate([*self._choices, None], start=1):
            words = [self[f"choice-{number}-{at}"] for at, _l in enumerate(self.languages)]
            gone = self[f"gone-{number}"] if choice else None
            rows.append(
                ChoiceRow(choice.name if choice else "", self[f"place-{number}"], gone, words)
            )
        return rows

    @property
    def new_code_field(self) -> Any:
        """The code of a choice to add."""
        return self["new-code"]

    @property
    def word_fields(self) -> list[Any]:
        """Everything but the choices."""
        own = ("place-", "gone-", "choice-", "new-code", "seen")
        return [self[name] for name in self.fields if not name.startswith(own)]

    def wanted(self) -> Wanted:
        """What was sent, as the service takes it."""
        sent = self.cleaned_data

        def words(name: str) -> dict[str, str]:
            held = getattr(self.item, name)
            return {
                language: sent.get(f"{name}-{at}", held.get(language, ""))
                for at, language in enumerate(self.languages)
            }

        return Wanted(
            **{name: words(name) for name in WORDS},
            required=sent.get("required"),
            choices=self._sent_choices() if self.item.choices else None,
        )

    def _sent_choices(self) -> list[Choice]:
        sent, placed = self.cleaned_data, []
        for number, choice in enumerate([*self._choices, None], start=1):
            code = choice.name if choice else sent.get("new-code", "").strip()
            if not code or sent.get(f"gone-{number}"):
                continue
            words = {
                language: text.strip()
                for at, language in enumerate(self.languages)
                if (text := sent.get(f"choice-{number}-{at}", "")).strip()
            }
            other = choice.other if choice else {}
            place = sent.get(f"place-{number}") or number
            placed.append((place, number, Choice(name=code, labels=words, other=other)))
        return [made for _place, _number, made in sorted(placed, key=lambda one: one[:2])]
