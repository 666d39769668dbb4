"""Forms of what comes before and after the checklist: a code, the contact, failure, again."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.enrolment.forms import ContactForm, offer_languages, offer_sites
from participants.enrolment.services.screening import Failure
from studies.platform.forms import OnceForm
from studies.protocol.models import Site, Study


class PrescreenForm(OnceForm):
    """Where, on which day and why somebody is considered: nothing about them."""

    site = forms.ModelChoiceField(queryset=Site.objects.none(), empty_label=None)
    on = forms.DateField(
        label=_("Pre-screened on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: today, where the site is."),
    )
    reason = forms.CharField(
        label=_("Why they are considered"),
        required=False,
        max_length=300,
        help_text=_("For example: referred by the clinic. No name, no initials, no birth date."),
    )

    def __init__(self, *args: Any, sites: Sequence[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_sites(self, sites)


class ConsentingForm(ContactForm):
    """The language of the consent text, and who is asked; the contact only where not known."""

    language = forms.ChoiceField(help_text=_("For the consent text and the participant's pages."))
    field_order = ("language", "name", "phone", "email")

    def __init__(self, *args: Any, study: Study, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            for name in ("name", "phone", "email"):
                del self.fields[name]
        offer_languages(self, study)


class FailureForm(forms.Form):
    """Why the screening ends without enrolment."""

    failure = forms.ChoiceField(
        label=_("What ends it"),
        choices=[choice for choice in Failure.choices if choice[0] != Failure.CRITERIA],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("In a few words"),
        max_length=300,
        help_text=_("Kept in the screening log: no names, please. “No reason given” is one."),
    )


class AgainForm(forms.Form):
    """Why somebody is screened again."""

    reason = forms.CharField(
        label=_("Why they are screened again"),
        max_length=300,
        help_text=_("For example: the treatment ended a month ago. No names, please."),
    )
