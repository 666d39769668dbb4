"""Addresses of the log of messages, and of a participant's reminders."""

from django.urls import path

from participants.messaging.views import calendar, push, reminders
from participants.messaging.views import staff as log

MESSAGES = "studies/<code:study>/messages/"

staff = [
    path(MESSAGES, log.messages, name="messages"),
    path(f"{MESSAGES}<int:pk>/retry/", log.retry, name="message_retry"),
]
my = [
    path("my/reminders/", reminders.reminders, name="reminders"),
    path("my/reminders/test/", reminders.test, name="reminders_test"),
    path("my/later/", reminders.later, name="later"),
    path("my/push/", push.push, name="push"),
    path("my/calendar.ics", calendar.calendar, name="calendar"),
    path("my/calendar/renew/", calendar.renew, name="calendar_renew"),
    path("my/feed/<str:token>.ics", calendar.feed, name="calendar_feed"),
    path("my/off/<str:token>/", reminders.off, name="off"),
]
