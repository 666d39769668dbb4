"""Addresses of the participant's link, home and offline pages."""

from django.urls import path

from participants.my.views import home, link, offline, today

my = [
    path("p/<str:token>/", link.link, name="link"),
    path("my/", home.home, name="home"),
    path("my/today.json", today.today, name="today"),
    path("my/sw.js", offline.worker, name="worker"),
    path("my/manifest.webmanifest", offline.manifest, name="manifest"),
    path("my/offline/", offline.offline, name="offline"),
    path("my/consent/", link.consent, name="consent"),
    path("my/elsewhere/", link.elsewhere, name="elsewhere"),
    path("my/leave/", link.leave, name="leave"),
    path("my/left/", link.left, name="left"),
]
