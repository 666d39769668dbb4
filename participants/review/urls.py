"""Addresses of the queue of photos to look at."""

from django.urls import path

from participants.review import views

PHOTOS = "studies/<code:study>/photos/"

staff = [
    path(f"{PHOTOS}review/", views.photo_review, name="photo_review"),
    path(f"{PHOTOS}<uuid:photo>/review/", views.review_photo, name="review_photo"),
    path(f"{PHOTOS}<uuid:photo>/take-back/", views.take_back, name="take_back"),
]
