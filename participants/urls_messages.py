"""Addresses of the log of messages, part of the staff's pages of ``participants``."""

from django.urls import path

from participants.views import messages

_ALL = "studies/<str:study>/messages/"
urlpatterns = [
    path(_ALL, messages.messages, name="messages"),
    path(_ALL + "<int:pk>/retry/", messages.retry, name="message_retry"),
]
