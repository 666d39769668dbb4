"""The form of the plan: what is verified, and of how many participants."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from studies.assignments.models import Assignment
from studies.instruments.definition import UNASKED, Definition, said
from studies.instruments.models import InstrumentVersion
from studies.platform.forms import ReasonForm
from studies.protocol.models import Study
from studies.protocol.models.verified import ALL, ANSWERS, CONSENT, DETAILS, PHOTOS, VISIT

Choices = list[tuple[str, Any]]

PARTS: Choices = [
    (CONSENT, _("Consent: version, day, who signed, choices")),
    (DETAILS, _("Details: year of birth, sex, skin tone, day 0")),
    (VISIT, _("Visits: the day each was made")),
    (PHOTOS, _("Photos: when and how each was taken")),
    (ANSWERS, _("Questionnaires: all answers of all of them")),
]


@dataclass(frozen=True)
class Questionnaire:
    """One questionnaire to choose from: whole, or single questions of it."""

    key: str
    title: str
    questions: Choices


class PlanForm(ReasonForm):
    """What monitors compare with the source; why comes last, once a study is under way."""

    verify_fields = forms.MultipleChoiceField(
        label=_("What is verified"), required=False, widget=forms.CheckboxSelectMultiple
    )
    verify_first = forms.IntegerField(
        label=_("Of how many participants at each site"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=_("The first so many enrolled. Empty: of everybody."),
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questionnaires = list(_questionnaires(study))
        known = dict([(ALL, ""), *PARTS])
        for one in self.questionnaires:
            known |= {one.key: one.title, **dict(one.questions)}
        # What an earlier plan named and is asked no more can be left, or taken out.
        self.former = [(key, key) for key in study.verify_fields if key not in known]
        field = self.fields["verify_fields"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - narrows the type
        field.choices = [*known.items(), *self.former]
        self.initial.update(verify_fields=study.verify_fields, verify_first=study.verify_first)
        if study.state == Study.State.DRAFT:
            del self.fields["reason"]
        else:
            self.order_fields(["verify_fields", "verify_first", "reason"])

    @property
    def chosen(self) -> list[str]:
        """The keys that are ticked, as sent or as they stand."""
        return list(self["verify_fields"].value() or [])

    @property
    def parts(self) -> Choices:
        return PARTS


def _questionnaires(study: Study) -> Any:
    for row in Assignment.objects.filter(study=study).select_related("instrument"):
        versions = InstrumentVersion.objects.filter(instrument=row.instrument_id)
        newest = versions.exclude(state=InstrumentVersion.State.DRAFT).order_by("-number").first()
        key = f"{ANSWERS}/{row.code}"
        questions = _questions(key, newest.form) if newest else []
        yield Questionnaire(key, row.instrument.title, questions)


def _questions(key: str, form: Definition) -> Choices:
    return [
        (f"{key}/{item.name}", said(item.labels, form.default_language) or item.name)
        for item in form.questions
        if item.type not in UNASKED
    ]
