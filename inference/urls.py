"""Addresses of the pages of ``inference``."""

from django.urls import path

from inference.views import (
    comparison,
    exports,
    models,
    overview,
    packages,
    photo,
    rescores,
    scores,
    trials,
    work,
)

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
    path(f"{_run}regions/<slug:region>/", photo.region, name="region"),
    path(f"{_study}models/", models.models, name="models"),
    path(f"{_study}models/activate/", models.activate, name="activate"),
    path(f"{_study}models/<int:pk>/deactivate/", models.deactivate, name="deactivate"),
    path(f"{_study}models/<int:pk>/primary/", models.make_primary, name="make_primary"),
    path(f"{_study}models/rescores/", rescores.progress, name="rescores"),
    path(f"{_study}models/rescores/start/", rescores.start, name="rescore"),
    path(f"{_study}models/rescores/<int:pk>/stop/", rescores.stop, name="rescore_stop"),
    path(f"{_study}models/compare/", comparison.comparison, name="compare"),
    path(f"{_study}models/compare.csv", comparison.comparison_file, name="compare_file"),
    path(f"{_study}export/", exports.export, name="export"),
    path(f"{_study}export/<str:file>.csv", exports.download, name="export_file"),
    path(f"{_study}work/", work.work, name="work"),
    path(f"{_study}work/retry/", work.retry_everything, name="retry_all"),
    path(f"{_study}work/<slug:kind>/<int:pk>/retry/", work.retry, name="retry"),
    path("models/", packages.packages, name="packages"),
    path("models/register/", packages.register, name="register"),
    path("models/<int:pk>/", packages.package, name="package"),
    path("models/<int:pk>/report/", packages.attach_report, name="report"),
    path("models/<int:pk>/retire/", packages.retire, name="retire"),
    path("models/<int:pk>/take-back/", packages.take_back, name="take_back"),
    path("models/<int:pk>/try/", trials.try_package, name="try"),
    path("models/tries/<uuid:trial>/", trials.trial, name="trial"),
    path("models/tries/<uuid:trial>/forget/", trials.forget, name="trial_forget"),
]
