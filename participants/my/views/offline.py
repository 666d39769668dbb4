"""What makes the participant's pages work without a connection, and as an app on the home screen.

The worker's text and the manifest hold nothing about anybody: they are open, as static files are.
"""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from participants.capture.views import engine
from participants.my import assets as phone_assets
from participants.people.views.my import MyRequest, my_photos_page

ICONS = (("any", 192), ("any", 512), ("maskable", 192), ("maskable", 512))


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """``/my/sw.js``: the service worker, as a module, or with ``?classic`` as a plain script.

    A browser without module workers runs the plain one, which keeps pages but sends no photos.
    """
    config: dict[str, Any] = {
        "version": phone_assets.version(),
        "assets": phone_assets.shell_addresses(),
        "static": settings.STATIC_URL,
        "engineFiles": engine.sizes(),
        "engineVersion": phone_assets.engine_version(),
        "home": reverse("my:home"),
        "offline": reverse("my:offline"),
        "leave": reverse("my:leave"),
        "left": reverse("my:left"),
        "keepHours": settings.LATE_ARRIVAL_HOURS,
    }
    sender = (
        None if "classic" in request.GET else static("js/participants/capture/outbox_sender.js")
    )
    context = {"config": json.dumps(config), "sender": json.dumps(sender) if sender else None}
    text = render_to_string("participants/my/worker.js", context)
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = reverse("my:home")
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """``/my/manifest.webmanifest?language=ta``: the pages as an app on the home screen."""
    asked = request.GET.get("language", "")
    language = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        body = {
            "id": reverse("my:home"),
            "start_url": reverse("my:home"),
            "scope": reverse("my:home"),
            "name": _("My skin study"),
            "short_name": _("My study"),
            "description": _("Your own page in a study of the skin: photos, visits and messages."),
            "lang": language,
            "dir": "ltr",
            "display": "standalone",
            "background_color": "#faf9f8",
            "theme_color": "#faf9f8",
            "icons": [
                {
                    "src": static(f"icons/{purpose}-{side}.png"),
                    "sizes": f"{side}x{side}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for purpose, side in ICONS
            ],
        }
    response = JsonResponse(body, content_type="application/manifest+json")
    response["Cache-Control"] = "max-age=3600"
    return response


@require_safe
@my_photos_page
def offline(request: MyRequest) -> HttpResponseBase:
    """What is shown for a page that this phone does not keep, while there is no connection."""
    participant = request.participant
    context = {"study": participant.study, "site": participant.site}
    return render(request, "participants/my/offline.html", context)
