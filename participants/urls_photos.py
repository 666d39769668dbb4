"""Addresses of photos, part of the staff's pages of ``participants``."""

from django.urls import path

from participants.views import photos

_PHOTOS = "studies/<str:study>/photos/"

urlpatterns = [
    path(_PHOTOS, photos.photos, name="photos"),
    path(_PHOTOS + "<uuid:photo>/retake/", photos.ask_retake, name="ask_retake"),
    path(_PHOTOS + "<uuid:photo>/<str:variant>/", photos.photo_image, name="photo_image"),
]
