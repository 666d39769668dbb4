"""Addresses of screening, enrolment and contact."""

from django.urls import path

from participants.enrolment.views import bulk, enrolment, log, screening

PARTICIPANTS = "studies/<code:study>/participants/"
ONE = f"{PARTICIPANTS}<code:code>/"

staff = [
    path(f"{PARTICIPANTS}enrol/", enrolment.screen, name="enrol"),
    path(f"{PARTICIPANTS}pre-screen/", screening.prescreen, name="prescreen"),
    path(f"{PARTICIPANTS}import/", bulk.import_list, name="import"),
    path(f"{PARTICIPANTS}screening-log/", log.screening_log, name="screening_log"),
    path(f"{PARTICIPANTS}screening-log/file/", log.screening_log_file, name="screening_log_file"),
    path(f"{ONE}consenting/", screening.consenting, name="open_consenting"),
    path(f"{ONE}screen/", screening.screen_one, name="screen_one"),
    path(f"{ONE}screen-failure/", screening.fail, name="fail_screening"),
    path(f"{ONE}screen-again/", screening.again, name="screen_again"),
    path(f"{ONE}enrol/", enrolment.enrol, name="enrol_contact"),
    path(f"{ONE}contact/", enrolment.contact, name="contact"),
]
