"""The mail to a site's coordinators when a request comes: the code, the kind, the day. No name."""

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from participants.privacy.models import DataRequest, RequestNotice
from studies.access.models import Membership, User
from studies.access.permissions import Role
from studies.platform.work import Claim, notify_on_commit


def send_notice(claim: Claim[RequestNotice]) -> None:
    """Send the mail to its recipient; without one, make a notice for each coordinator of the site.

    The work of ``studies.platform.work.perform``. A worker that dies between sending and writing
    that down sends it again, to this one only: a coordinator who reads it twice is better than one
    who never does.
    """
    related = "request__participant__study", "request__participant__site", "recipient"
    notice = RequestNotice.objects.select_related(*related).get(pk=claim.row.pk)
    request, recipient = notice.request, notice.recipient
    wanted = request.state == DataRequest.State.OPEN or request.kind != DataRequest.Kind.ERASE
    if recipient is not None and wanted and recipient in coordinators_of(request):
        subject, body = _words(request)
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [recipient.email])
    with claim.completing():
        if recipient is None:
            for person in coordinators_of(request):
                made, new = RequestNotice.objects.get_or_create(request=request, recipient=person)
                if new:
                    notify_on_commit(made)


def coordinators_of(request: DataRequest) -> list[User]:
    """The people who act on requests at the participant's site."""
    site = request.participant.site
    roles = Membership.objects.current().filter(
        Q(site=site) | Q(site=None), study=site.study_id, role=Role.COORDINATOR
    )
    people = User.objects.filter(pk__in=roles.values("user"), is_active=True)
    return list(people.order_by("pk"))


def _words(request: DataRequest) -> tuple[str, str]:
    participant = request.participant
    context = {
        "request": request,
        "participant": participant,
        "study": participant.study,
        "url": settings.SITE_URL
        + reverse("participants:data_requests", args=[participant.study.code]),
        "erase": request.kind == DataRequest.Kind.ERASE,
        "copy": request.kind == DataRequest.Kind.COPY,
    }
    subject = f"{participant.code}: request about data ({request.get_kind_display()})"
    return subject, render_to_string("participants/privacy/email/data_request.txt", context)
