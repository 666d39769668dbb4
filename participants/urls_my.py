"""Addresses of the participant's own pages."""

from django.urls import path

from participants.views.my import (
    capture,
    engine,
    home,
    language,
    link,
    offline,
    today,
    uploads,
    words,
)

app_name = "my"
urlpatterns = [
    path("p/<str:token>/", link.link, name="link"),
    path("my/", home.home, name="home"),
    path("my/visits/<slug:visit>/<slug:view>/", capture.capture, name="capture"),
    path("my/engine/", engine.engine, name="engine"),
    path("my/today.json", today.today, name="today"),
    path("my/sw.js", offline.worker, name="worker"),
    path("my/manifest.webmanifest", offline.manifest, name="manifest"),
    path("my/offline/", offline.offline, name="offline"),
    path("my/photos/<uuid:photo>/", capture.photo, name="photo"),
    path("my/uploads/", uploads.collection, name="uploads"),
    path("my/uploads/<uuid:upload>/", uploads.upload, name="upload"),
    path("my/consent/", link.consent, name="consent"),
    path("my/language/", language.language, name="language"),
    path("my/words/<str:language>.js", words.words, name="words"),
    path("my/leave/", link.leave, name="leave"),
    path("my/left/", link.left, name="left"),
]
