"""The address of the words that scripts say."""

from django.urls import path

from participants.words import views

my = [path("my/words/<code:language>.js", views.words, name="words")]
