"""Forms of a reading study's pages: they collect what was typed; services decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from inference.pipeline.assessed import REGION_CODES
from inference.reading.models import Case, ReadingStudy, Scale, Seat
from inference.reading.scales import MOST_GRADES, Kind, areas_of, coefficients_of, most_of
from inference.reading.services.chairs import Candidate
from inference.reading.services.drafting import CODE_WORDS
from inference.reading.services.scaling import LONGEST_DESCRIPTOR, LONGEST_LABEL
from inference.reading.templates import TEMPLATES
from studies.protocol.models import Condition, Study, View

COEFFICIENTS = {
    "kappa_quadratic": "Weighted kappa, quadratic weights",
    "kappa_linear": "Weighted kappa, linear weights",
    "ac2_quadratic": "Gwet's AC2, quadratic weights",
    "alpha_ordinal": "Krippendorff's alpha, ordinal",
    "alpha_interval": "Krippendorff's alpha, interval",
    "icc_1_1": "ICC(1,1), each case by other readers",
    "icc_2_1": "ICC(2,1), absolute agreement of single readings",
    "icc_3_1": "ICC(3,1), consistency of single readings",
}
REGIONS = [("", "The whole face"), *((code, code.replace("_", " ")) for code in REGION_CODES)]


def _capital(choices: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Choices as a form says them."""
    return [(value, f"{str(words)[:1].upper()}{str(words)[1:]}") for value, words in choices]


class DraftForm(forms.Form):
    """What is read, how often and how."""

    code = forms.CharField(max_length=24, help_text=CODE_WORDS)
    title = forms.CharField(max_length=120)
    instructions = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Readers see them before they begin, and whenever they ask.",
    )
    shown = forms.ChoiceField(
        label="Shown", choices=_capital(ReadingStudy.Shown.choices), widget=forms.RadioSelect
    )
    views = forms.MultipleChoiceField(
        required=False,
        choices=View.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices--inline"}),
        help_text="None ticked: all.",
    )
    visits = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices--inline"}),
        help_text="None ticked: all.",
    )
    sample = forms.IntegerField(
        label="How many cases",
        required=False,
        min_value=1,
        help_text="Drawn at random when it opens; empty: all that fit.",
    )
    strata_condition = forms.ChoiceField(
        label="Draw evenly from classes of",
        required=False,
        help_text="Of the primary network's severity, so that what is rare is not missed.",
    )
    strata_edges = forms.CharField(
        label="Bounds of the classes",
        required=False,
        max_length=60,
        help_text="Severities from 0 to 100, such as 20, 40, 60. Empty: these.",
    )
    repeats_percent = forms.IntegerField(
        label="Cases that come twice, in per cent",
        min_value=0,
        max_value=50,
        help_text="By them each reader's own steadiness is measured. Readers are not told which.",
    )
    repeat_distance = forms.IntegerField(
        label="At least so many cases between", min_value=1, max_value=500
    )
    calibration_needs = forms.IntegerField(
        label="Calibration to pass, in per cent",
        required=False,
        min_value=1,
        max_value=100,
        help_text="Of the calibration cases, graded within one step. Empty: nothing to pass.",
    )
    idle_seconds = forms.IntegerField(
        label="Longest pause that counts as work, in seconds", min_value=10, max_value=600
    )
    brightness = forms.BooleanField(
        label="Readers may change brightness and contrast; it is recorded", required=False
    )

    def __init__(self, *args: Any, study: Study, editing: bool = False, **kw: Any) -> None:
        super().__init__(*args, **kw)
        if editing:
            del self.fields["code"]
        visits = study.visit_definitions.order_by("day_offset")
        self.fields["visits"].choices = [(v.code, v.name) for v in visits]  # type: ignore[attr-defined]
        conditions = [(c.code, c.name) for c in study.ordered_conditions()]
        self.fields["strata_condition"].choices = [  # type: ignore[attr-defined]
            ("", "Nothing: at random from all"),
            *conditions,
        ]

    def clean_strata_edges(self) -> list[int]:
        """The bounds as whole numbers."""
        text = self.cleaned_data["strata_edges"]
        try:
            edges = [int(part) for part in text.replace(";", ",").split(",") if part.strip()]
        except ValueError:
            raise forms.ValidationError(
                "Whole numbers with commas between, such as 20, 40, 60."
            ) from (None)
        return sorted(set(edges))

    def clean(self) -> dict[str, Any]:
        """Condition and bounds become what the service calls ``strata``."""
        values: dict[str, Any] = super().clean() or {}
        condition, edges = values.pop("strata_condition", ""), values.pop("strata_edges", [])
        values["strata"] = {"condition": condition, "edges": edges} if condition else None
        return values


def draft_initial(study: ReadingStudy) -> dict[str, Any]:
    """What the form shows of a draft."""
    strata = study.strata or {}
    names = [name for name in DraftForm.base_fields if hasattr(study, name)]
    edges = ", ".join(f"{edge:g}" for edge in strata.get("edges") or [])
    return {
        **{name: getattr(study, name) for name in names},
        "strata_condition": strata.get("condition", ""),
        "strata_edges": edges,
    }


class ScaleAddForm(forms.Form):
    """A scale to begin with, of what."""

    template = forms.ChoiceField(
        label="Scale",
        choices=[(code, template.title) for code, template in TEMPLATES.items()],
        widget=forms.RadioSelect,
    )
    condition: forms.ModelChoiceField[Condition] = forms.ModelChoiceField(
        queryset=Condition.objects.none(),
        required=False,
        empty_label="Something of your own wording",
        help_text="A scale of a condition is compared with the network that grades it.",
    )
    title = forms.CharField(
        required=False, max_length=120, help_text="Empty: the condition, or the scale's name."
    )
    region = forms.ChoiceField(choices=REGIONS, required=False)

    def __init__(self, *args: Any, study: Study, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["condition"].queryset = study.ordered_conditions()  # type: ignore[attr-defined]


class ScaleForm(forms.Form):
    """The words of a scale, what is reported of it, and who decides."""

    title = forms.CharField(max_length=120)
    question = forms.CharField(required=False, max_length=300)
    region = forms.ChoiceField(choices=REGIONS, required=False)
    primary = forms.ChoiceField(
        label="Reported first", help_text="The coefficient of agreement; fixed at the opening."
    )
    adjudicate_beyond = forms.FloatField(
        label="Decided by an adjudicator beyond a difference of",
        required=False,
        min_value=0,
        help_text="Empty: never; the consensus is then the lower median of the readers.",
    )

    def __init__(self, *args: Any, scale: Scale, **kw: Any) -> None:
        super().__init__(*args, **kw)
        kind = Kind(scale.kind)
        self.fields["primary"].choices = [  # type: ignore[attr-defined]
            (code, COEFFICIENTS[code]) for code in coefficients_of(kind)
        ]
        self.graded = kind is Kind.GRADES
        for number in range(MOST_GRADES if self.graded else 0):
            grade = scale.grades[number] if number < len(scale.grades) else {}
            self.fields[f"label_{number}"] = forms.CharField(
                label=f"Label of grade {number}",
                required=False,
                max_length=LONGEST_LABEL,
                initial=grade.get("label", ""),
            )
            self.fields[f"words_{number}"] = forms.CharField(
                label=f"Descriptor of grade {number}",
                required=False,
                max_length=LONGEST_DESCRIPTOR,
                initial=grade.get("descriptor", ""),
            )

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that are no grade's."""
        return [
            field
            for field in self.visible_fields()
            if not field.name.startswith(("label_", "words_"))
        ]

    @property
    def rows(self) -> list[tuple[int, forms.BoundField, forms.BoundField]]:
        """Each grade's label and descriptor."""
        numbers = range(MOST_GRADES if self.graded else 0)
        return [(n, self[f"label_{n}"], self[f"words_{n}"]) for n in numbers]

    def clean(self) -> dict[str, Any]:
        """Labels and descriptors become ``grades``; rows without a label at the end are none."""
        values: dict[str, Any] = super().clean() or {}
        rows = [
            {
                "label": values.pop(f"label_{number}", ""),
                "descriptor": values.pop(f"words_{number}", ""),
            }
            for number in range(MOST_GRADES if self.graded else 0)
        ]
        while rows and not any(rows[-1].values()):
            rows.pop()
        return {**values, "grades": rows}


def value_field(scale: Scale, *, label: str) -> forms.Field:
    """A field for one value of a scale."""
    kind = Kind(scale.kind)
    if kind is Kind.GRADES:
        choices = [(n, f"{n}: {grade['label']}") for n, grade in enumerate(scale.grades)]
        return forms.TypedChoiceField(
            label=label, choices=[("", "Choose"), *choices], coerce=int, empty_value=None
        )
    most = most_of(kind)
    words = f"0 to {most:g}" + (", the whole score" if areas_of(kind) else "")
    if kind is Kind.COUNT:
        return forms.IntegerField(label=label, min_value=0, max_value=int(most), help_text=words)
    return forms.FloatField(label=label, min_value=0, max_value=most, help_text=words)


class AnchorForm(forms.Form):
    """A picture beside a grade."""

    upload = forms.FileField(
        label="Picture",
        help_text="JPEG, PNG, WebP, HEIC or AVIF, 20 MiB at most; no photo of this study.",
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )
    caption = forms.CharField(required=False, max_length=200)
    licence = forms.CharField(
        label="What allows showing it",
        max_length=200,
        help_text="Its licence, or whose leave; readers see it under the picture.",
    )

    def __init__(self, *args: Any, scale: Scale, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["value"] = value_field(scale, label="Stands for")
        self.order_fields(["value"])


class ExpectedForm(forms.Form):
    """What is expected of a training or calibration case."""

    def __init__(self, *args: Any, study: ReadingStudy, adding: bool = True, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.scales = list(study.scales.all())
        if adding:
            uses = [choice for choice in _capital(Case.Use.choices) if choice[0] != "main"]
            self.fields["use"] = forms.ChoiceField(
                label="For",
                choices=uses,
                widget=forms.RadioSelect,
                initial=Case.Use.TRAINING,
                help_text="After a training case the reader is told what was expected; of "
                "calibration cases only how many fitted.",
            )
        for scale in self.scales:
            self.fields[scale.code] = value_field(scale, label=f"{scale.title}, expected")
        self.fields["feedback"] = forms.CharField(
            label="What to look at",
            required=False,
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text="Shown with the expected grade, after the reader's own.",
        )

    def clean(self) -> dict[str, Any]:
        """The grades become ``expected``."""
        values: dict[str, Any] = super().clean() or {}
        expected = {
            scale.code: values.pop(scale.code) for scale in self.scales if scale.code in values
        }
        return {**values, "expected": expected}


class SeatForm(forms.Form):
    """Somebody who can read, and as what."""

    user = forms.ChoiceField(label="Who")
    role = forms.ChoiceField(
        label="As",
        choices=_capital(Seat.Role.choices),
        widget=forms.RadioSelect,
        initial=Seat.Role.READER,
    )

    def __init__(self, *args: Any, people: list[Candidate], **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["user"].choices = [  # type: ignore[attr-defined]
            (one.user.pk, f"{one.user.name}, {' and '.join(one.roles)}") for one in people
        ]


class LeaveForm(forms.Form):
    """Why somebody leaves; asked for once the study is open."""

    reason = forms.CharField(
        label="Why?",
        max_length=300,
        required=False,
        help_text="A few words. They stay in the audit trail.",
    )


class CloseForm(forms.Form):
    """Why it closes; needed where cases wait."""

    reason = forms.CharField(
        label="Why now?",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed while cases wait. It stands in the audit trail and beside the results.",
    )
