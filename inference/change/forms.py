"""What to look at: a condition, a region, a view, all together or by arm."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inference.pipeline.assessed import REGION_CODES
from inference.pipeline.grades import FACE
from inference.scoring.tags import region_name
from studies.protocol.models import VIEWS, Study, View, VisitDefinition


class ChangeForm(forms.Form):
    """The choices of the page and of its files. Without one the first of each is taken."""

    condition = forms.ChoiceField(required=False, label=_("Condition"))
    region = forms.ChoiceField(required=False, label=_("Region"))
    view = forms.ChoiceField(required=False, label=_("View"))
    groups = forms.ChoiceField(
        required=False,
        label=_("Groups"),
        choices=[("all", _("All together")), ("arm", _("By arm"))],
    )
    against = forms.ChoiceField(required=False, label=_("Compared with"))

    def __init__(self, *args: Any, study: Study, by_arm: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {v for row in VisitDefinition.every.filter(study=study) for v in row.views}
        arms = [(arm.code, arm.name) for arm in study.arms.order_by("code")]
        self.choose("condition", [(c.pk, c.name) for c in study.ordered_conditions()])
        self.choose("region", [(code, region_name(code)) for code in (FACE, *REGION_CODES)])
        self.choose("view", [(view, View(view).label) for view in VIEWS if view in asked])
        self.choose("against", arms)
        if not arms:
            self.choose("groups", [("all", _("All together"))])
        # Asked for all the same by who may not know arms: refused, with who may.
        if (not by_arm or not arms) and self.data.get("groups") != "arm":
            del self.fields["groups"]
        if self.data.get("groups") != "arm":
            del self.fields["against"]

    def choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Give a field its choices, the first of which holds where none is asked for."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - narrows the type
        field.choices = choices
        field.initial = choices[0][0] if choices else ""

    def value(self, name: str) -> str:
        """What was chosen, else the first choice; empty where there is none."""
        if name not in self.fields:
            return ""
        return str(self.cleaned_data.get(name) or self.fields[name].initial or "")
