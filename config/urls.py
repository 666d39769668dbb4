"""Every address. Pages of a study live under /studies/<study>/, a participant's under /my/."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("studies.urls")),
    path("", include("participants.urls")),
    path("", include("participants.urls_my")),
    path("", include("inference.urls")),
]
