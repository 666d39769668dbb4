"""Every address of the app, collected from its rooms: the staff's and the participant's own."""

from django.urls import include, path

from participants.capture import urls as capture
from participants.consent import urls as consent
from participants.desk import urls as desk
from participants.enrolment import urls as enrolment
from participants.messaging import urls as messaging
from participants.my import urls as my_pages
from participants.people import urls as people
from participants.privacy import urls as privacy
from participants.visits import urls as visits
from participants.words import urls as words

staff = [
    *enrolment.staff,  # before the desk's, whose addresses are wider
    *desk.staff,
    *people.staff,
    *consent.staff,
    *capture.staff,
    *messaging.staff,
    *privacy.staff,
]
my = [
    *my_pages.my,
    *words.my,
    *people.my,
    *consent.my,
    *capture.my,
    *messaging.my,
    *privacy.my,
]
api = [*people.api, *visits.api, *capture.api]
urlpatterns = [path("", include((staff, "participants"))), path("", include((my, "my")))]
