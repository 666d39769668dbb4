"""Addresses of what investigators look at."""

from django.urls import path

from inference.dashboards.views import beside, overview, photo, scores, today, work

STUDY = "studies/<code:study>/"
PHOTO = f"{STUDY}photos/<uuid:photo>/"
RUN = f"{PHOTO}runs/<int:run>/"
SCORES = f"{STUDY}participants/<code:code>/scores/"

staff = [
    path(STUDY, overview.overview, name="overview"),
    path(f"{STUDY}live/", overview.live, name="live"),
    path(f"{STUDY}today/", today.today, name="today"),
    path(f"{STUDY}today/<slug:kind>/", today.today_kind, name="today_kind"),
    path(SCORES, scores.participant_scores, name="participant_scores"),
    path(f"{STUDY}participants/<code:code>/views/<slug:view>/", beside.beside, name="beside"),
    path(PHOTO, photo.photo_page, name="photo"),
    path(f"{RUN}maps/<code:condition>/", photo.activation_map, name="map"),
    path(f"{RUN}cleaned/", photo.cleaned, name="cleaned"),
    path(f"{RUN}regions/<code:region>/", photo.region, name="region"),
    path(f"{STUDY}work/", work.work, name="work"),
    path(f"{STUDY}work/rows/<int:row>/", work.release, name="release_row"),
    path(f"{STUDY}work/retry/", work.retry_everything, name="retry_all"),
    path(f"{STUDY}work/<slug:kind>/<int:pk>/retry/", work.retry, name="retry"),
]
