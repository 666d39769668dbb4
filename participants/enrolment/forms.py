"""Forms of screening and enrolment: they collect and show what was typed; services decide."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.enrolment.services.enrolment import (
    ROMAN,
    Details,
    arms_open,
    checklist,
    languages,
)
from participants.people.models import Participant
from participants.people.services.identity import KEEP, STOP, IdentityData
from participants.words.languages import LANGUAGE_NAMES
from studies.platform.forms import OnceForm
from studies.protocol.models import Arm, Site, Study

NOT_ASSESSED = ("not-assessed", _("Not assessed"))


def _yes_no() -> forms.RadioSelect:
    return forms.RadioSelect(attrs={"class": "choices--pair"})


def _tone(value: str) -> int | None:
    """A tone as a number. “Not assessed” is a choice too, so that none is left out by mistake."""
    return int(value) if value.isdigit() else None


def offer_sites(form: forms.Form, sites: Sequence[Site]) -> None:
    """Let ``form`` offer ``sites``; of one there is no choice."""
    site = form.fields["site"]
    assert isinstance(site, forms.ModelChoiceField)  # noqa: S101 - narrows the type
    site.queryset = Site.objects.filter(pk__in=[site_offered.pk for site_offered in sites])
    if len(sites) == 1:
        site.initial = sites[0].pk


def offer_languages(form: forms.Form, study: Study) -> None:
    """Let ``form`` offer the languages of ``study``; one alone is chosen already."""
    offered = languages(study)
    language = form.fields["language"]
    assert isinstance(language, forms.ChoiceField)  # noqa: S101 - narrows the type
    language.choices = [(code, LANGUAGE_NAMES.get(code, code)) for code in offered]
    if len(offered) == 1:
        language.initial = offered[0]


class ScreeningForm(OnceForm):
    """The checklist of a study, and what is known of someone by code."""

    site = forms.ModelChoiceField(queryset=Site.objects.none(), empty_label=None)
    year_of_birth = forms.IntegerField(
        min_value=1900, max_value=2100, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    sex = forms.ChoiceField(
        choices=Participant.Sex.choices,
        widget=forms.RadioSelect(attrs={"class": "choices--inline"}),
    )
    ethnicity = forms.ChoiceField(choices=[("", _("Choose…")), *Participant.Ethnicity.choices])
    language = forms.ChoiceField(help_text=_("For the consent text and the participant's pages."))
    fitzpatrick = forms.TypedChoiceField(
        label=_("Fitzpatrick type"),
        choices=[*((str(n), roman) for n, roman in enumerate(ROMAN, 1)), NOT_ASSESSED],
        coerce=_tone,
        widget=forms.RadioSelect(attrs={"class": "swatches swatches--fitzpatrick"}),
        help_text=_(
            "How the skin burns and tans, asked and not guessed: "
            "I always burns, never tans; VI never burns."
        ),
    )
    monk_tone = forms.TypedChoiceField(
        label=_("Monk skin tone"),
        choices=[*((str(n), str(n)) for n in range(1, 11)), NOT_ASSESSED],
        coerce=_tone,
        widget=forms.RadioSelect(attrs={"class": "swatches swatches--monk"}),
        help_text=_("Match the inside of the upper arm in daylight."),
    )

    ANSWER = "answer-"

    def __init__(
        self,
        *args: Any,
        study: Study,
        sites: Sequence[Site],
        site: Site | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if sites:
            offer_sites(self, sites)
        else:
            del self.fields["site"]  # somebody has a code, and so a site
        offer_languages(self, study)
        self.lines = checklist(study, site)
        for line in self.lines:
            self.fields[self.ANSWER + line.code] = forms.ChoiceField(
                label=line.text, choices=[("yes", _("Yes")), ("no", _("No"))], widget=_yes_no()
            )

    def checklist_fields(self, kind: str) -> list[forms.BoundField]:
        """The lines of one kind, for the template."""
        return [self[self.ANSWER + line.code] for line in self.lines if line.kind == kind]

    def inclusion(self) -> list[forms.BoundField]:
        return self.checklist_fields("inclusion")

    def exclusion(self) -> list[forms.BoundField]:
        return self.checklist_fields("exclusion")

    def answers(self) -> dict[str, bool]:
        """Line code → yes; call when the form is valid."""
        given = self.cleaned_data
        return {line.code: given[self.ANSWER + line.code] == "yes" for line in self.lines}

    def details(self) -> Details:
        """What the service takes; call when the form is valid."""
        names = ("year_of_birth", "sex", "ethnicity", "fitzpatrick", "monk_tone", "language")
        return Details(**{name: self.cleaned_data[name] for name in names})


class PhoneField(forms.CharField):
    """One of two ways to reach somebody: not required alone, and not to be marked optional."""

    one_of_several = True


class MailField(forms.EmailField):
    """The other way."""

    one_of_several = True


class ContactForm(forms.Form):
    """Who the participant is; sealed as soon as it arrives."""

    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = PhoneField(
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        help_text=_(
            "A phone number or an e-mail address is needed; both are better. With the country "
            "code, for example +65 6123 4567."
        ),
    )
    email = MailField(
        label=_("E-mail"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def identity(self) -> IdentityData:
        """What the service takes; call when the form is valid."""
        given = self.cleaned_data
        return IdentityData(name=given["name"], email=given["email"], phone=given["phone"])


class EnrolmentForm(ContactForm):
    """The second step of enrolment: arm, day 0 and contact."""

    arm = forms.ModelChoiceField(
        queryset=Arm.objects.none(), empty_label=None, widget=forms.RadioSelect, required=False
    )
    enrolled_on = forms.DateField(
        label=_("Day 0"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The schedule of visits counts from this day."),
    )

    field_order = ("arm", "enrolled_on", "name", "phone", "email")

    def __init__(self, *args: Any, site: Site, known: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:  # since the consent
            for name in ("name", "phone", "email"):
                del self.fields[name]
        arms = arms_open(site)
        arm = self.fields["arm"]
        assert isinstance(arm, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        arm.queryset = arms
        arm.required = True
        if not arms:
            del self.fields["arm"]


class ContactChangeForm(ContactForm):
    """A correction of the contact, with its reason, and what becomes of links that still work."""

    links = forms.ChoiceField(
        label=_("Links that still work"),
        choices=[
            (STOP, _("Stop them: another person may have received or read them")),
            (KEEP, _("Leave them: only the participant has had them")),
        ],
        widget=forms.RadioSelect,
        required=False,
        help_text=_(
            "Their personal link and those in messages already sent. Stopping them also ends what "
            "was opened with them, notifications and the calendar's address."
        ),
    )
    reason = forms.CharField(
        max_length=300, help_text=_("Kept in the audit trail: no names, please.")
    )

    def __init__(self, *args: Any, some_work: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if some_work:
            self.fields["links"].one_of_several = True  # type: ignore[attr-defined]
        else:
            del self.fields["links"]
