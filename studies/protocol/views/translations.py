"""One page per language: the protocol's words as participants read them."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from studies.access.permissions import Permission
from studies.protocol.forms import StudyPartForm
from studies.protocol.models import Study
from studies.protocol.services import translations
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page, protocol_url


class TranslationForm(StudyPartForm):
    """Title, and name and instructions of each visit; the protocol's own words stand beside."""

    title = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, study: Study, language: str, **kwargs: Any) -> None:
        super().__init__(*args, study=study, **kwargs)
        self.visits = list(study.visit_definitions.all())
        attributes = {"lang": language}
        title = self.fields["title"]
        title.label, title.help_text = _("Title of the study"), study.title
        title.initial = study.titles.get(language, "")
        title.widget.attrs.update(attributes)
        for visit in self.visits:
            said = visit.translations.get(language, {})
            self.fields[f"name-{visit.code}"] = forms.CharField(
                label=_("Name of the visit %(code)s") % {"code": visit.code},
                help_text=visit.name,
                initial=said.get("name", ""),
                max_length=100,
                required=False,
                widget=forms.TextInput(attributes),
            )
            if visit.instructions:
                self.fields[f"instructions-{visit.code}"] = forms.CharField(
                    label=_("Instructions"),
                    help_text=visit.instructions,
                    initial=said.get("instructions", ""),
                    required=False,
                    widget=forms.Textarea({"rows": 3, **attributes}),
                )
        if "reason" in self.fields:
            self.order_fields([name for name in self.fields if name != "reason"])

    def said(self) -> dict[str, dict[str, str]]:
        """Words by visit, for the service."""
        values = self.cleaned_data
        return {
            visit.code: {
                name: values.get(f"{name}-{visit.code}", "") for name in ("name", "instructions")
            }
            for visit in self.visits
        }


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def translate(request: StaffRequest, study: Study, language: str) -> HttpResponse:
    """Word the protocol in one of the participants' languages."""
    if language not in translations.languages_to_translate(study):
        raise Http404
    form = TranslationForm(request.POST or None, study=study, language=language)
    name = dict(settings.LANGUAGES)[language]
    return form_page(
        request,
        form=form,
        save=lambda values: translations.translate_protocol(
            study=study,
            language=language,
            title=values["title"],
            visits=form.said(),
            by=request.user,
            reason=values.get("reason", ""),
            seen=values["seen"],
        ),
        current=lambda: translations.shown_words(Study.objects.get(pk=study.pk), language),
        done=_("The words are changed."),
        to=protocol_url(study.code),
        section="protocol",
        heading=_("What participants read in %(language)s") % {"language": name},
        text=_(
            "Under each field stand the protocol's own words. What you leave empty is shown to "
            "participants in those."
        ),
    )
