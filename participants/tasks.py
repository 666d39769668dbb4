"""Every Celery task of the app, collected for the worker."""

from participants.allocation.tasks import send_unblinding_notice
from participants.amending.tasks import carry_over
from participants.answers.tasks import send_alert_notice, send_safety_notice
from participants.capture.tasks import check_photo
from participants.messaging.tasks import send_message
from participants.privacy.tasks import carry_out_request, send_request_notice
from participants.queries.tasks import run_edit_checks, send_query_digest
from participants.visits.tasks import roll_over

__all__ = [
    "carry_out_request",
    "carry_over",
    "check_photo",
    "roll_over",
    "run_edit_checks",
    "send_alert_notice",
    "send_message",
    "send_query_digest",
    "send_request_notice",
    "send_safety_notice",
    "send_unblinding_notice",
]
