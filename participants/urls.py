"""Every address of the app, collected from its rooms: the staff's and the participant's own."""

from django.urls import include, path

from participants.allocation import urls as allocation
from participants.answers import urls as answers
from participants.board import urls as board
from participants.capture import urls as capture
from participants.consent import urls as consent
from participants.correcting import urls as correcting
from participants.desk import urls as desk
from participants.deviations import urls as deviations
from participants.enrolment import urls as enrolment
from participants.messaging import urls as messaging
from participants.monitoring import urls as monitoring
from participants.my import urls as my_pages
from participants.people import urls as people
from participants.photo_notes import urls as photo_notes
from participants.privacy import urls as privacy
from participants.queries import urls as queries
from participants.review import urls as review
from participants.scheduling import urls as scheduling
from participants.verification import urls as verification
from participants.visits import urls as visits
from participants.words import urls as words

staff = [
    *board.staff,
    *monitoring.staff,
    *verification.staff,  # before the desk's, whose addresses are wider
    *deviations.staff,
    *allocation.staff,
    *correcting.staff,
    *enrolment.staff,  # before the desk's, whose addresses are wider
    *scheduling.staff,  # so do these
    *answers.staff,
    *queries.staff,
    *desk.staff,
    *people.staff,
    *consent.staff,
    *review.staff,  # before those of photos, whose addresses are wider
    *photo_notes.staff,
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
    *answers.my,
    *messaging.my,
    *privacy.my,
]
api = [
    *allocation.api,
    *visits.api,
    *capture.api,
    *deviations.api,
    *monitoring.api,
    *verification.api,
    *answers.api,
    *queries.api,
]
urlpatterns = [path("", include((staff, "participants"))), path("", include((my, "my")))]
