"""Addresses of the pages of ``inference``."""

from django.urls import path

from inference.views import exports, models, overview, photo, scores, work

app_name = "inference"
_study = "studies/<str:study>/"
_photo = f"{_study}photos/<uuid:photo>/"
_run = f"{_photo}runs/<int:run>/"

urlpatterns = [
    path(_study, overview.overview, name="overview"),
    path(f"{_study}live/", overview.live, name="live"),
    path(
        f"{_study}participants/<str:code>/scores/",
        scores.participant_scores,
        name="participant_scores",
    ),
    path(_photo, photo.photo_page, name="photo"),
    path(f"{_run}maps/<slug:condition>/", photo.activation_map, name="map"),
    path(f"{_run}cleaned/", photo.cleaned, name="cleaned"),
    path(f"{_study}models/", models.models, name="models"),
    path(f"{_study}models/activate/", models.activate, name="activate"),
    path(f"{_study}models/<int:pk>/deactivate/", models.deactivate, name="deactivate"),
    path(f"{_study}models/<int:pk>/backlog/", models.backlog, name="backlog"),
    path(f"{_study}export/", exports.export, name="export"),
    path(f"{_study}export/<str:file>.csv", exports.download, name="export_file"),
    path(f"{_study}work/", work.work, name="work"),
    path(f"{_study}work/retry/", work.retry_everything, name="retry_all"),
    path(f"{_study}work/<slug:kind>/<int:pk>/retry/", work.retry, name="retry"),
    path("models/register/", models.register, name="register"),
    path("models/<int:pk>/", models.package, name="package"),
]
