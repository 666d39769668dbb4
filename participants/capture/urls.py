"""Addresses of photos: taken, sent, looked at."""

from django.urls import path

from participants.capture.api import PhotoDetail, PhotoList
from participants.capture.views import camera, engine, uploads
from participants.capture.views import staff as photos

PHOTOS = "studies/<code:study>/photos/"

staff = [
    path(PHOTOS, photos.photos, name="photos"),
    path(f"{PHOTOS}<uuid:photo>/retake/", photos.ask_retake, name="ask_retake"),
    path(f"{PHOTOS}<uuid:photo>/<str:variant>/", photos.photo_image, name="photo_image"),
]
my = [
    path("my/visits/<code:visit>/<slug:view>/", camera.capture, name="capture"),
    path("my/engine/", engine.engine, name="engine"),
    path("my/photos/<uuid:photo>/", camera.photo, name="photo"),
    path("my/uploads/", uploads.collection, name="uploads"),
    path("my/uploads/<uuid:upload>/", uploads.upload, name="upload"),
]
api = [
    path(PHOTOS, PhotoList.as_view(), name="photos"),
    path(f"{PHOTOS}<uuid:photo>/", PhotoDetail.as_view(), name="photo"),
]
