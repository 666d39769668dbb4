"""Forms of the protocol's pages: they collect and show what was typed; services decide."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from studies.platform.forms import ReasonForm
from studies.protocol.models import (
    Arm,
    Condition,
    EligibilityCriterion,
    Site,
    Study,
    View,
    VisitDefinition,
)
from studies.words.reviews import standing

SETTLED = ("source", "approved")


class StudyPartForm(forms.Form):
    """A form about a part of ``study``; asks for a reason when an existing part changes."""

    def __init__(self, *args: Any, study: Study | None = None, changing: bool = True, **kw: Any):
        super().__init__(*args, **kw)
        if study is not None and changing and study.state != Study.State.DRAFT:
            self.fields["reason"] = ReasonForm().fields["reason"]


class StudyForm(StudyPartForm, forms.ModelForm[Study]):
    """What a study is called, where its day begins, and who may take part."""

    time_zone = forms.ChoiceField(
        choices=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
        initial="Asia/Singapore",
        help_text=_("Visits open and close at midnight here."),
    )
    languages = forms.MultipleChoiceField(
        choices=settings.LANGUAGES,
        initial=["en"],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Offered to participants. Each needs a consent document before the start."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["languages"].choices = [  # type: ignore[attr-defined]
            (code, name if standing(code) in SETTLED else _("%s (draft translation)") % name)
            for code, name in settings.LANGUAGES
        ]

    class Meta:
        model = Study
        fields = [
            "title",
            "summary",
            "sponsor",
            "time_zone",
            "languages",
            "quality_profile",
            "min_age",
            "max_age",
        ]
        widgets: ClassVar = {
            "summary": forms.Textarea(attrs={"rows": 6}),
            "quality_profile": forms.RadioSelect,
        }
        labels: ClassVar = {
            "quality_profile": _("How strictly photos are checked"),
            "min_age": _("Lowest age"),
            "max_age": _("Highest age"),
        }
        help_texts: ClassVar = {
            "quality_profile": _("A photo that fails is asked for again, with the reason."),
            "max_age": _("In years. Leave empty for no limit."),
            "min_age": _("In years."),
        }


class NewStudyForm(StudyForm):
    """The same, with the code that names the study for ever."""

    class Meta(StudyForm.Meta):
        fields = ["code", *StudyForm.Meta.fields]
        help_texts: ClassVar = {
            **StudyForm.Meta.help_texts,
            "code": _("In addresses and exports, for example MEL-8. It cannot be changed later."),
        }


class ConditionsForm(StudyPartForm):
    """Which conditions are graded, and the one the study is about."""

    main = forms.ModelChoiceField(
        label=_("The study is about"), queryset=Condition.objects.all(), empty_label=None
    )
    others = forms.ModelMultipleChoiceField(
        label=_("It also grades"),
        queryset=Condition.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def codes(self) -> list[str]:
        """The chosen codes, the main one first."""
        main, others = self.cleaned_data["main"], self.cleaned_data["others"]
        return [main.code, *(other.code for other in others if other != main)]


class SiteForm(StudyPartForm, forms.ModelForm[Site]):
    """A place that enrols."""

    class Meta:
        model = Site
        fields = [
            "code",
            "name",
            "country",
            "enrolment_target",
            "contact_phone",
            "contact_email",
        ]
        help_texts: ClassVar = {
            "code": _("Starts every participant's code, for example SG01."),
            "country": _("Two letters, for example SG."),
            "enrolment_target": _("How many participants this site hopes to enrol."),
            "contact_phone": _("Shown to participants who need help."),
        }


class ArmForm(StudyPartForm, forms.ModelForm[Arm]):
    """A group of participants treated alike."""

    class Meta:
        model = Arm
        fields = ["code", "name"]
        help_texts: ClassVar = {"code": _("In exports, for example SUNSCREEN.")}


class CriterionForm(StudyPartForm, forms.ModelForm[EligibilityCriterion]):
    """A line of the screening checklist."""

    class Meta:
        model = EligibilityCriterion
        fields = ["kind", "code", "text"]
        widgets: ClassVar = {"kind": forms.RadioSelect}
        help_texts: ClassVar = {
            "kind": _("Inclusion must be true to take part, exclusion must not."),
            "code": _("In exports, for example melasma-diagnosed."),
        }


class VisitForm(StudyPartForm, forms.ModelForm[VisitDefinition]):
    """A visit of the schedule."""

    views = forms.MultipleChoiceField(
        label=_("Views to photograph"),
        choices=View.choices,
        initial=[View.FRONT, View.LEFT, View.RIGHT],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = VisitDefinition
        fields = [
            "code",
            "name",
            "day_offset",
            "window_before",
            "window_after",
            "views",
            "instructions",
        ]
        widgets: ClassVar = {"instructions": forms.Textarea(attrs={"rows": 3})}
        labels: ClassVar = {
            "day_offset": _("Day"),
            "window_before": _("Opens, days before"),
            "window_after": _("Closes, days after"),
        }
        help_texts: ClassVar = {
            "code": _("In addresses and exports, for example day-7."),
            "day_offset": _("Counted from enrolment, which is day 0."),
            "window_before": "",
            "window_after": "",
            "instructions": _("What participants read before they take the photos."),
        }
