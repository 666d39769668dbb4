"""Forms about instruments."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from studies.instruments.models import InstrumentVersion
from studies.platform.forms import ask_to_confirm


class ImportForm(forms.Form):
    """The file of an instrument."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "An XLSForm (.xlsx) or a REDCap data dictionary (.csv, as REDCap or Excel saves it). "
            "At most 4 MiB."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class PublishForm(forms.Form):
    """What a version applies to; asked where another was published before."""

    applies_to = forms.CharField(
        label=_("What it applies to"),
        help_text=_("From when and for whom, such as: visits from 1 March on, all sites."),
        widget=forms.TextInput,
        max_length=300,
    )

    def __init__(self, *args: Any, version: InstrumentVersion, **kw: Any) -> None:
        super().__init__(*args, **kw)
        published = version.instrument.versions.filter(state="published")
        if not published.exists():
            del self.fields["applies_to"]
        ask_to_confirm(self)
