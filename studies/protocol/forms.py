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
ZONES = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]


class StudyPartForm(forms.Form):
    """A form about a part of ``study``; asks for a reason once the study has left the draft."""

    def __init__(self, *args: Any, study: Study | None = None, **kw: Any):
        super().__init__(*args, **kw)
        if study is not None and study.state != Study.State.DRAFT:
            self.fields["reason"] = ReasonForm().fields["reason"]


class CodedForm(StudyPartForm, forms.ModelForm[Any]):
    """A form about a part with a code. A code that is left as it is is not judged anew."""

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        kept = self.instance.pk is not None and "code" not in self.changed_data
        return {*excluded, "code"} if kept else excluded


class StudyForm(StudyPartForm, forms.ModelForm[Study]):
    """What a study is called, where its day begins, and who may take part."""

    time_zone = forms.ChoiceField(
        choices=ZONES,
        initial="Asia/Singapore",
        help_text=_(
            "Visits open and close at midnight here, but for sites with a zone of their own."
        ),
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
            "photo_review",
            "repeat_captures",
            "masking",
            "query_days",
            "prescreening_approval",
            "min_age",
            "max_age",
            "majority_age",
        ]
        widgets: ClassVar = {
            "summary": forms.Textarea(attrs={"rows": 6}),
            "quality_profile": forms.RadioSelect,
            "masking": forms.RadioSelect,
        }
        labels: ClassVar = {
            "quality_profile": _("How strictly photos are checked"),
            "photo_review": _("Photos that a person looks at, in percent"),
            "repeat_captures": _("Ask for the photos of the first visit twice"),
            "masking": _("Who sees the arms"),
            "query_days": _("Queries are to be answered within … days"),
            "prescreening_approval": _("Approval of questions before the consent"),
            "majority_age": _("Age of majority"),
            "min_age": _("Lowest age"),
            "max_age": _("Highest age"),
        }
        help_texts: ClassVar = {
            "quality_profile": _("A photo that fails is asked for again, with the reason."),
            "photo_review": _(
                "100: every accepted photo is compared with the participant's first one of the "
                "view. 20: one in five, drawn by the product. 0: none. Photos that are flagged, "
                "since they repeat another or are of another day, always wait for a person."
            ),
            "repeat_captures": _(
                "After the first visit's photos the phone is put down, and each is asked for once "
                "more. The second ones are scored by themselves and measure how far photos of "
                "unchanged skin differ. For those who are enrolled from now on."
            ),
            "masking": _(
                "Blinded: arms are shown to the unblinded statistician and the pharmacist alone, "
                "until the study is unblinded. It stays as it is once a participant has a code."
            ),
            "query_days": _(
                "Counted from when one is raised, or reopened. Empty: they are never due."
            ),
            "prescreening_approval": _(
                "Leave empty unless the ethics committee agreed that the screening's questions "
                "are asked before the consent is signed: then name committee, day and reference."
            ),
            "majority_age": _(
                "In years, as the law at the sites has it. Who is younger takes part with a "
                "guardian's consent and signs anew once of age."
            ),
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


class SiteForm(CodedForm):
    """A place that enrols."""

    time_zone = forms.ChoiceField(
        required=False,
        choices=[("", _("The study's")), *ZONES],
        help_text=_(
            "Visits of this site's participants open and close at midnight here. Their dates stay "
            "as they are when it changes."
        ),
    )

    class Meta:
        model = Site
        fields = [
            "code",
            "name",
            "country",
            "time_zone",
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


class ArmForm(CodedForm):
    """A group of participants treated alike."""

    class Meta:
        model = Arm
        fields = ["code", "name"]
        help_texts: ClassVar = {"code": _("In exports, for example SUNSCREEN.")}


class CriterionForm(CodedForm):
    """A line of the screening checklist."""

    # The model judges it: the field of a slug would refuse an older code that stays as it is.
    code = forms.CharField(max_length=40, help_text=_("In exports, for example melasma-diagnosed."))

    class Meta:
        model = EligibilityCriterion
        fields = ["kind", "code", "text"]
        widgets: ClassVar = {"kind": forms.RadioSelect}
        help_texts: ClassVar = {
            "kind": _("Inclusion must be true to take part, exclusion must not."),
        }


class VisitForm(CodedForm):
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
