"""Forms of corrections: they carry what the page showed, and ask for a reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.enrolment.forms import ScreeningForm
from participants.enrolment.services.enrolment import Details, languages
from participants.people.models import Participant, Screening
from participants.words.languages import LANGUAGE_NAMES
from studies.platform.forms import ReasonForm
from studies.protocol.models import Site

YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class CorrectionForm(ReasonForm):
    """The reason comes last, after what is corrected."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("Kept in the audit trail: no names, please.")
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])


class DetailsForm(CorrectionForm):
    """What is known of a participant by code, as at the screening."""

    year_of_birth = ScreeningForm.base_fields["year_of_birth"]
    sex = ScreeningForm.base_fields["sex"]
    ethnicity = ScreeningForm.base_fields["ethnicity"]
    language = ScreeningForm.base_fields["language"]
    fitzpatrick = ScreeningForm.base_fields["fitzpatrick"]
    monk_tone = ScreeningForm.base_fields["monk_tone"]

    def __init__(self, *args: Any, participant: Participant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = dict.fromkeys([*languages(participant.study), participant.language])
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)  # noqa: S101 - narrows the type
        language.choices = [(code, LANGUAGE_NAMES.get(code, code)) for code in offered]

    def details(self) -> Details:
        """What the service takes; call when the form is valid."""
        names = ("year_of_birth", "sex", "ethnicity", "fitzpatrick", "monk_tone", "language")
        return Details(**{name: self.cleaned_data[name] for name in names})


class VisitDayForm(CorrectionForm):
    """The day on which a visit was made."""

    made_on = forms.DateField(
        label=_("Made on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class DayZeroForm(CorrectionForm):
    """Another day from which the visits count."""

    enrolled_on = forms.DateField(
        label=_("Day 0"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The schedule of visits counts from this day."),
    )


class TransferForm(CorrectionForm):
    """Another site of the study."""

    site = forms.ModelChoiceField(
        queryset=Site.objects.none(), label=_("New site"), empty_label=_("Choose…")
    )

    def __init__(self, *args: Any, participant: Participant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = self.fields["site"]
        assert isinstance(site, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        site.queryset = participant.study.sites.exclude(pk=participant.site_id).order_by("code")


class MovePhotoForm(CorrectionForm):
    """Whose photo it is, and of which visit."""

    participant = forms.CharField(
        label=_("Code of the participant whose photo it is"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    visit = forms.ChoiceField(label=_("Their visit"))

    def __init__(self, *args: Any, visits: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visit = self.fields["visit"]
        assert isinstance(visit, forms.ChoiceField)  # noqa: S101 - narrows the type
        visit.choices = visits


class ErasePhotoForm(CorrectionForm):
    """That it is meant, since nothing brings it back."""

    sure = forms.BooleanField(label=_("Erase it for good"))


class ScreeningAnswersForm(CorrectionForm):
    """The lines of the checklist as they were worded on the day, each answered yes or no."""

    def __init__(self, *args: Any, screening: Screening, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [line["code"] for line in screening.answers]
        for line in screening.answers:
            self.fields[line["code"]] = forms.TypedChoiceField(
                label=line["text"],
                choices=YES_NO,
                coerce=lambda value: value == "yes",
                widget=forms.RadioSelect(attrs={"class": "choices--pair"}),
            )
        self.order_fields([*self.codes, "reason"])

    def answers(self) -> dict[str, bool]:
        """The code of each line → yes; call when the form is valid."""
        return {code: self.cleaned_data[code] for code in self.codes}
