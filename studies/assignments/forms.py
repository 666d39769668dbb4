"""The forms of assignments: what is asked, when, of whom; which answers raise an alert."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from studies.assignments.models import AlertRule, Assignment
from studies.instruments.models import Instrument, InstrumentVersion
from studies.protocol.forms import CodedForm
from studies.protocol.models import Study


class AssignmentForm(CodedForm):
    """One questionnaire in the protocol; services judge it."""

    visits = forms.MultipleChoiceField(
        label=_("Visits"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Assignment
        fields = [
            "instrument",
            "code",
            "timing",
            "visits",
            "order",
            "required",
            "first_day",
            "last_day",
            "every",
            "open_days",
            "filled_by",
            "role",
            "position",
        ]
        widgets: ClassVar = {
            "timing": forms.RadioSelect,
            "filled_by": forms.RadioSelect,
            "order": forms.RadioSelect,
            "role": forms.RadioSelect,
        }
        labels: ClassVar = {
            "instrument": _("Form"),
            "timing": _("When"),
            "order": _("On the phone"),
            "required": _("A visit is complete only with it"),
            "first_day": _("First day"),
            "last_day": _("Last day"),
            "every": _("Every … days"),
            "open_days": _("Can be filled in for … days after"),
            "filled_by": _("Filled in by"),
            "role": _("The answers are"),
            "position": _("Place in the list"),
        }
        help_texts: ClassVar = {
            "instrument": _("Those of which a version is published."),
            "code": _("In addresses and exports, for example itch-diary."),
            "first_day": _("Counted from enrolment, which is day 0."),
            "last_day": _("Leave empty: for as long as somebody takes part."),
            "every": _("1: every day."),
            "open_days": _("0: on its own day only."),
            "required": "",
            "role": _(
                "Adverse events stay, coded, when somebody's data are erased; the others go. A "
                "serious adverse event is told to the safety reader at once."
            ),
            "position": "",
        }

    def __init__(self, *args: Any, study: Study, **kw: Any) -> None:
        super().__init__(*args, study=study, **kw)
        published = InstrumentVersion.objects.filter(state="published")
        forms_of_study = Instrument.objects.filter(study=study, versions__in=published)
        self.fields["instrument"].queryset = forms_of_study.distinct()  # type: ignore[attr-defined]
        self.fields["instrument"].empty_label = None  # type: ignore[attr-defined]
        self.fields["visits"].choices = [  # type: ignore[attr-defined]
            (visit.code, visit.name) for visit in study.visit_definitions.all()
        ]
        self.fields["visits"].one_of_several = True  # type: ignore[attr-defined]
        self.fields["code"].required = False

    def clean_code(self) -> str:
        """As the form is called, where nobody chose another."""
        instrument = self.cleaned_data.get("instrument")
        code: str = self.cleaned_data.get("code") or ""
        return code or (instrument.code.replace(".", "-") if instrument else "")

    def clean(self) -> dict[str, Any]:
        """Without what belongs to another timing, which the page does not show."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        timing = values.get("timing")
        if timing != Assignment.Timing.VISITS:
            values.update(visits=[], required=False)
        if timing != Assignment.Timing.DAYS:
            values.update(first_day=None, last_day=None, every=1, open_days=0)
        return values


class AlertRuleForm(CodedForm):
    """When answers raise an alert, what it says, and who is told."""

    told = forms.MultipleChoiceField(
        label=_("Told by e-mail"),
        choices=AlertRule.Told.choices,
        initial=[AlertRule.Told.COORDINATOR],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The mail says that there is an alert, and of whom by code; nothing else."),
    )

    class Meta:
        model = AlertRule
        fields = ["expression", "words", "told", "code"]
        widgets: ClassVar = {
            "expression": forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        }
        labels: ClassVar = {
            "expression": _("Raise an alert if"),
            "words": _("What the alert says"),
            "code": _("Code"),
        }
        help_texts: ClassVar = {
            "expression": _(
                "In the language of forms: ${itch} >= 8, selected(${where}, 'eyes'), "
                "${a} = 'yes' and ${b} > 3. What was not answered fulfils nothing."
            ),
            "words": _(
                "Shown to those who may see answers, for example: Strong itch, please call."
            ),
            "code": _("In the audit trail and the protocol file. Left empty, it is numbered."),
        }

    def __init__(self, *args: Any, assignment: Assignment, study: Study, **kw: Any) -> None:
        super().__init__(*args, study=study, **kw)
        self.assignment = assignment
        self.fields["code"].required = False

    def clean_code(self) -> str:
        """A number, where nobody chose another."""
        code: str = self.cleaned_data.get("code") or ""
        if code:
            return code
        taken = set(self.assignment.alert_rules.values_list("code", flat=True))
        number = len(taken) + 1
        while f"alert-{number}" in taken:
            number += 1
        return f"alert-{number}"
