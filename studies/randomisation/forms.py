"""Forms of the scheme of randomisation."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studies.protocol.models import Study
from studies.randomisation.factors import ETHNICITIES, SEXES, Factor, NoLevel, split
from studies.randomisation.services.schemes import MOST_SHARE, arms_of

BLOCKS, MINIMISATION = "blocks", "minimisation"
TRYING, PRODUCTION = "trying", "production"
CUTS = {
    "age": gettext_lazy("Age: split after"),
    "fitzpatrick": gettext_lazy("Fitzpatrick type: split after"),
    "monk_tone": gettext_lazy("Monk skin tone: split after"),
}


def _whole_numbers(text: str) -> list[int]:
    """Numbers separated by commas or blanks.

    Raises:
        ValueError: one is no whole number.
    """
    return [int(part) for part in text.replace(",", " ").split()]


class DrawForm(forms.Form):
    """How the product draws: method, ratio, strata, sizes of blocks."""

    method = forms.ChoiceField(
        label=gettext_lazy("Method"),
        widget=forms.RadioSelect,
        choices=[
            (BLOCKS, gettext_lazy("Permuted blocks of random sizes: a list is drawn beforehand")),
            (MINIMISATION, gettext_lazy("Minimisation: each allocation evens out what is there")),
        ],
        initial=BLOCKS,
    )
    by_site = forms.BooleanField(
        label=gettext_lazy("Stratify by site"), required=False, initial=True
    )
    by_sex = forms.BooleanField(label=gettext_lazy("Stratify by sex"), required=False)
    by_ethnicity = forms.BooleanField(label=gettext_lazy("Stratify by ethnicity"), required=False)
    sizes = forms.CharField(
        label=gettext_lazy("Sizes of blocks"),
        required=False,
        initial="4, 6",
        help_text=gettext_lazy(
            "Permuted blocks: multiples of the ratio's sum, drawn at random. They stay sealed."
        ),
    )
    rows = forms.IntegerField(
        label=gettext_lazy("Places in each stratum"),
        required=False,
        min_value=1,
        initial=60,
        help_text=gettext_lazy("Permuted blocks: more can be drawn later from the same seed."),
    )
    probability = forms.DecimalField(
        label=gettext_lazy("Probability of the preferred arm"),
        required=False,
        initial="0.8",
        help_text=gettext_lazy("Minimisation: below 1, so that nobody can work out the next arm."),
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arms = arms_of(study)
        self.sites = list(study.sites.order_by("code").values_list("code", flat=True))
        for code in self.arms:
            self.fields[f"share_{code}"] = forms.IntegerField(
                label=_("Share of %(arm)s") % {"arm": code},
                min_value=1,
                max_value=MOST_SHARE,
                initial=1,
            )
        for name, label in CUTS.items():
            self.fields[f"cut_{name}"] = forms.CharField(
                label=label,
                required=False,
                help_text=_("Numbers with commas, such as 3 or 39, 59. Empty: not stratified."),
            )
        shares = [f"share_{code}" for code in self.arms]
        strata = ["by_site", "by_sex", "by_ethnicity", *(f"cut_{name}" for name in CUTS)]
        self.order_fields(["method", *shares, *strata, "sizes", "rows", "probability"])

    def clean_sizes(self) -> list[int]:
        try:
            return _whole_numbers(self.cleaned_data["sizes"])
        except ValueError as error:
            raise forms.ValidationError(_("Whole numbers with commas, such as 4, 6.")) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("method") == BLOCKS and not cleaned.get("rows"):
            self.add_error("rows", _("How many places is each stratum to have?"))
        if cleaned.get("method") == MINIMISATION and not cleaned.get("probability"):
            self.add_error("probability", _("Enter a number, such as 0.8."))
        cleaned["factors"] = self._factors(cleaned)
        return cleaned

    def ratio(self) -> dict[str, int]:
        """Arm → its share."""
        return {code: self.cleaned_data[f"share_{code}"] for code in self.arms}

    def _factors(self, cleaned: dict[str, Any]) -> list[Factor]:
        ticked = {"site": self.sites, "sex": SEXES, "ethnicity": ETHNICITIES}
        factors = [
            Factor(name, tuple(levels))
            for name, levels in ticked.items()
            if cleaned.get(f"by_{name}")
        ]
        for name in CUTS:
            text = cleaned.get(f"cut_{name}", "")
            if not text:
                continue
            try:
                factors.append(Factor(name, split(name, _whole_numbers(text))))
            except NoLevel as wrong:
                self.add_error(f"cut_{name}", f"{wrong}.")
            except ValueError:
                self.add_error(f"cut_{name}", _("Whole numbers with commas, such as 39, 59."))
        return factors


class ListForm(forms.Form):
    """A list made elsewhere."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV as REDCap takes it, with a column redcap_randomization_group (or arm), and what "
            "it is stratified by. At most 4 MiB."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt"}),
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("What for"),
        widget=forms.RadioSelect,
        choices=[
            (TRYING, gettext_lazy("For trying: read and reported, given to nobody")),
            (PRODUCTION, gettext_lazy("For production: participants are given its places")),
        ],
        initial=TRYING,
    )


class WhyForm(forms.Form):
    """A reason, which stays in the audit trail."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("A few words. They stay in the audit trail; name no arm."),
        max_length=500,
    )


class ExtendForm(WhyForm):
    """How long the list is to be."""

    rows = forms.IntegerField(
        label=gettext_lazy("Places in each stratum, all in all"), min_value=1, max_value=20_000
    )
    field_order = ("rows", "reason")
