"""The words for scripts: Django's JavaScript catalogue, the same for everybody."""

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

from participants.words.languages import words_version

FOR_GOOD = "public, max-age=31536000, immutable"
catalogue = JavaScriptCatalog.as_view(domain="djangojs", packages=["participants"])


@gzip_page  # there is nothing secret in it whose length could tell anything
@require_safe
def words(request: HttpRequest, language: str) -> HttpResponseBase:
    """``/my/words/<language>.js?v=<version>``: kept for good under the version of today's words."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        response = catalogue(request)
    current = request.GET.get("v") == words_version(language)
    response["Cache-Control"] = FOR_GOOD if current else "public, max-age=300"
    response["Content-Language"] = language
    return response
