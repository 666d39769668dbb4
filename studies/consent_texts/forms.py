"""The form of a consent document: its words, key points, check questions and choices."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from studies.consent_texts.rules import MAX_KEY_POINT, MAX_KEY_POINTS, MAX_QUESTIONS, OPTIONS
from studies.platform.forms import ReasonForm
from studies.protocol.models import Study

Rows = Sequence[Mapping[str, Any]]


class ConsentForm(forms.Form):
    """A version of the consent text."""

    language = forms.ChoiceField()
    version = forms.RegexField(
        regex=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$", help_text=_("For example 1.0.")
    )
    title = forms.CharField(max_length=200)
    body = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"class": "long-text"}),
        help_text=_("Markdown: ## for a heading, **bold**, - for a list. Short sentences."),
    )

    key_points = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "What matters most, shown first and large: one short sentence a line, three to six "
            "of them."
        ),
    )

    field_order = ("language", "version", "title", "key_points", "body")

    def __init__(self, *args: Any, study: Study, **kw: Any) -> None:
        super().__init__(*args, **kw)
        names = dict(settings.LANGUAGES)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - narrows the type
        field.choices = [(code, names.get(code, code)) for code in study.languages]

    def clean_key_points(self) -> list[str]:
        """One sentence a line; empty lines are dropped."""
        lines = [line.strip(" -•\t") for line in self.cleaned_data["key_points"].splitlines()]
        points = [line for line in lines if line]
        if len(points) > MAX_KEY_POINTS:
            raise forms.ValidationError(
                _("At most %(most)s, so that they stay what matters most."),
                params={"most": MAX_KEY_POINTS},
            )
        for number, point in enumerate(points, 1):
            if len(point) > MAX_KEY_POINT:
                raise forms.ValidationError(
                    _("Line %(number)s is longer than %(most)s characters."),
                    params={"number": number, "most": MAX_KEY_POINT},
                )
        return points


class ConsentChoiceForm(forms.Form):
    """One thing to agree to."""

    code = forms.RegexField(
        regex=r"^[a-z][a-z0-9_]{0,39}$", help_text=_("In exports, for example future_research.")
    )
    text = forms.CharField(label=_("Words"), widget=forms.Textarea(attrs={"rows": 3}))
    required = forms.BooleanField(label=_("Must be agreed to for taking part"), required=False)


class CheckQuestionForm(forms.Form):
    """One question that lets participants see whether they understood."""

    text = forms.CharField(label=_("Question"), max_length=300)
    option_1 = forms.CharField(label=_("Answer 1"), max_length=200)
    option_2 = forms.CharField(label=_("Answer 2"), max_length=200)
    option_3 = forms.CharField(label=_("Answer 3"), max_length=200, required=False)
    option_4 = forms.CharField(label=_("Answer 4"), max_length=200, required=False)
    right = forms.TypedChoiceField(
        label=_("The right answer"),
        choices=[(n, _("Answer %s") % n) for n in range(1, OPTIONS[1] + 1)],
        coerce=int,
        widget=forms.RadioSelect(attrs={"class": "choices--inline"}),
    )
    explanation = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text=_("Shown after an answer, right or wrong: one or two kind sentences."),
    )

    def options(self) -> list[str]:
        """The answers given, in their order."""
        names = (f"option_{n}" for n in range(1, OPTIONS[1] + 1))
        return [text for name in names if (text := self.cleaned_data.get(name))]

    def clean(self) -> dict[str, Any]:
        """The right answer is one of those given, and no two are the same."""
        given = super().clean() or self.cleaned_data
        right, options = given.get("right"), self.options()
        if isinstance(right, int) and not given.get(f"option_{right}"):
            self.add_error("right", _("This answer is empty. Choose one that has words."))
        if len(set(options)) != len(options):
            self.add_error("option_2", _("Two answers are the same."))
        return given

    def question(self) -> dict[str, Any]:
        """As the document holds it; empty answers in between close up. Call when valid."""
        right = self.cleaned_data[f"option_{self.cleaned_data['right']}"]
        options = self.options()
        return {
            "text": self.cleaned_data["text"],
            "options": options,
            "right": options.index(right) + 1,
            "explanation": self.cleaned_data["explanation"],
        }


class _Rows(forms.BaseFormSet[Any]):
    """Rows left or made empty are dropped, whatever stood in them before."""

    def initial_form_count(self) -> int:
        return 0


_ChoicesFormSet = forms.formset_factory(ConsentChoiceForm, formset=_Rows, extra=0, max_num=10)
_QuestionsFormSet = forms.formset_factory(
    CheckQuestionForm, formset=_Rows, extra=0, max_num=MAX_QUESTIONS, validate_max=True
)


def check_questions(data: Mapping[str, Any] | None, start: Rows) -> forms.BaseFormSet[Any]:
    """The check questions as rows: what was sent, or those of ``start`` and an empty one."""
    filled = [
        {
            "text": question["text"],
            "right": question["right"],
            "explanation": question["explanation"],
            **{f"option_{n}": text for n, text in enumerate(question["options"], 1)},
        }
        for question in start
    ]
    rows = _QuestionsFormSet(data, initial=None if data else filled, prefix="question")
    rows.extra = 0 if data else len(filled) + 1
    return rows


def consent_choices(data: Mapping[str, Any] | None, start: Rows) -> forms.BaseFormSet[Any]:
    """The choices as rows: what was sent, or those of ``start`` and an empty one."""
    rows = _ChoicesFormSet(data, initial=None if data else start, prefix="choice")
    rows.extra = 0 if data else len(start) + 1
    return rows


class InForceForm(forms.Form):
    """Whether a version asks those who agreed to the one before it once more."""

    editorial = forms.BooleanField(
        label=_("Editorial: the same in better words, so nobody has to agree again"),
        required=False,
    )
    editorial_reason = forms.CharField(
        label=_("Why nobody has to agree again"),
        required=False,
        max_length=300,
        help_text=_("Stays in the audit trail. The choices must be the same."),
    )

    def __init__(self, *args: Any, editorial: bool, reason: bool, **kw: Any) -> None:
        """``editorial``: whether that can be said of it; ``reason``: whether one is asked for."""
        super().__init__(*args, **kw)
        if not editorial:
            del self.fields["editorial"], self.fields["editorial_reason"]
        if reason:
            why = self.fields["reason"] = ReasonForm().fields["reason"]
            # Of an editorial version its own reason serves: the service asks for one of the two.
            why.required, why.one_of_several = not editorial, editorial  # type: ignore[attr-defined]
