"""Every address. Pages of a study live under /studies/<study>/, a participant's under /my/."""

from django.urls import include, path

from config.health import health

urlpatterns = [
    path("health/", health, name="health"),
    path("api/", include("config.api")),
    path("", include("studies.urls")),
    path("", include("participants.urls")),
    path("", include("inference.urls")),
]

# A participant's error pages are in their language; staff's are Django's own with our templates.
handler403 = "participants.people.views.errors.forbidden"
handler404 = "participants.people.views.errors.not_found"
handler500 = "participants.people.views.errors.broken"
