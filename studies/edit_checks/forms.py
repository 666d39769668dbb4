"""The form of an edit check."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from studies.edit_checks.models import EditCheck
from studies.edit_checks.services import places_of
from studies.protocol.forms import CodedForm
from studies.protocol.models import Study


class EditCheckForm(CodedForm):
    """One edit check; services judge it."""

    place = forms.ChoiceField(label=_("About"), required=False)

    class Meta:
        model = EditCheck
        fields = ["code", "place", "when", "words"]
        widgets: ClassVar = {
            "when": forms.Textarea(attrs={"rows": 2, "class": "code", "spellcheck": "false"}),
            "words": forms.Textarea(attrs={"rows": 2}),
        }
        labels: ClassVar = {
            "code": _("Code"),
            "when": _("Ask when"),
            "words": _("What the query says"),
        }
        help_texts: ClassVar = {
            "code": _("In lists and exports, for example itch-without-days."),
            "when": _(
                "As a questionnaire's logic is written: ${itch} = 0 and ${days} > 0. Where it is "
                "true, the query is raised; where it is true no longer, the query closes itself."
            ),
            "words": _("No names and no arms. The site reads it and answers."),
        }

    def __init__(self, *args: Any, study: Study, **kw: Any) -> None:
        super().__init__(*args, study=study, **kw)
        choices: list[Any] = [("", _("Visits")), *places_of(study)]
        kept = self.instance.place
        known = {value for group in choices[1:] for value, _words in group[1]}
        if kept and kept not in known:
            choices.append((kept, kept))
        self.fields["place"].choices = choices  # type: ignore[attr-defined]
