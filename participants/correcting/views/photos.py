"""Pages that correct a photo: erased, moved, excluded; and a withdrawal taken back."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.capture.models import Photo
from participants.correcting.forms import CorrectionForm, ErasePhotoForm, MovePhotoForm
from participants.correcting.services.photo_owner import exclude_photo, move_photo
from participants.correcting.services.photos import erase_photo
from participants.correcting.services.withdrawal import undo_withdrawal as put_back
from participants.correcting.views.common import Values, back, correct
from participants.people.models import Participant
from participants.people.views.door import participant_page
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.amendments.services.reading import visits_ever
from studies.platform.errors import invalid
from studies.platform.forms import ask_to_confirm
from studies.protocol.views.access import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def erase(request: StaffRequest, participant: Participant, photo: UUID) -> HttpResponse:
    """Erase one photo with all that was made from it."""
    shown = _photo(request, participant, photo)
    form = ErasePhotoForm(request.POST or None)

    def save() -> None:
        erase_photo(photo=shown, reason=form.cleaned_data["reason"], by=request.user)

    return correct(
        request,
        participant,
        form,
        save=save,
        heading=_("Erase this photo of %%(code)s? (%(visit)s, %(view)s)") % _named(shown),
        lead=_(
            "The photo goes for good, with its scores and maps. The audit trail keeps that it was "
            "erased and why. Files taken out before keep its numbers, and backups keep it until "
            "they are overwritten. To leave it out of results only, turn it down instead."
        ),
        done=_("The photo of %(code)s is erased."),
        button=_("Erase the photo"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def move(request: StaffRequest, participant: Participant, photo: UUID) -> HttpResponse:
    """Give one photo to the participant whose it is."""
    shown = _photo(request, participant, photo)
    planned = [(definition.code, definition.name) for definition in visits_ever(participant.study)]
    initial = {"visit": shown.visit.definition.code}
    form = MovePhotoForm(request.POST or None, visits=planned, initial=initial)
    ask_to_confirm(form)

    def save() -> None:
        said = form.cleaned_data
        to = _their_visit(request, participant, said["participant"], said["visit"])
        confirmed, reason = said["confirmed"], said["reason"]
        move_photo(photo=shown, to=to, reason=reason, by=request.user, confirmed=confirmed)

    return correct(
        request,
        participant,
        form,
        save=save,
        heading=_("Whose photo is this of %%(code)s? (%(visit)s, %(view)s)") % _named(shown),
        lead=_(
            "The photo goes to the other participant with its scores, and both histories say so. "
            "Where they did not agree to scoring, its scores are removed. Files taken out before "
            "keep its numbers under the earlier code."
        ),
        done=_("The photo is with the other participant now, and no longer with %(code)s."),
        button=_("Move the photo"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def exclude(request: StaffRequest, participant: Participant, photo: UUID) -> HttpResponse:
    """Leave one photo out with its scores."""
    shown = _photo(request, participant, photo)
    form = CorrectionForm(request.POST or None)

    def save() -> None:
        exclude_photo(photo=shown, reason=form.cleaned_data["reason"], by=request.user)

    return correct(
        request,
        participant,
        form,
        save=save,
        heading=_("Exclude this photo of %%(code)s? (%(visit)s, %(view)s)") % _named(shown),
        lead=_(
            "It is kept, and counts no longer: its scores leave curves, numbers and exports made "
            "from now on. It can be accepted again on the page of the photo."
        ),
        done=_("The photo of %(code)s is excluded."),
        button=_("Exclude the photo"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def undo_withdrawal(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Take back a withdrawal that was a clerical error."""
    if request.method != "POST" and participant.state != Participant.State.WITHDRAWN:
        return back(participant)
    form = CorrectionForm(request.POST or None)

    def save() -> None:
        put_back(participant=participant, reason=form.cleaned_data["reason"], by=request.user)

    return correct(
        request,
        participant,
        form,
        save=save,
        heading=_("Was %(code)s withdrawn by a clerical error?"),
        lead=_(
            "Only where nobody withdrew. They stand as before: the consent holds, visits wait "
            "again as their days say. Links that stopped stay stopped. Whoever really withdrew "
            "and returns is screened and gives consent anew."
        ),
        done=_("The withdrawal of %(code)s is taken back. Make a new link for them."),
        button=_("Take the withdrawal back"),
    )


def _photo(request: StaffRequest, participant: Participant, photo: UUID) -> Photo:
    seen = Photo.objects.visible_to(request.user).filter(visit__participant=participant)
    seen = seen.select_related(
        "visit__definition", "visit__participant__study", "visit__participant__site"
    )
    return get_object_or_404(seen, pk=photo)


def _named(photo: Photo) -> Values:
    return {"view": photo.get_view_display(), "visit": photo.visit.definition.name}


def _their_visit(request: StaffRequest, owner: Participant, code: str, visit: str) -> Visit:
    """The visit of the participant with ``code``, among those the person sees.

    Raises:
        Invalid: there is no such participant or visit, as far as the person may know.
    """
    seen = Participant.objects.visible_to(request.user).filter(study=owner.study)
    other = seen.filter(code=code.strip().upper()).first()
    if other is None:
        message = "You see nobody of this study with this code."
        raise invalid("Nothing was changed.", {"participant": message})
    rows = Visit.objects.select_related("definition", "participant__study", "participant__site")
    theirs = rows.filter(participant=other, definition__code=visit).first()
    if theirs is None:
        raise invalid("Nothing was changed.", {"visit": f"{other.code} has no such visit."})
    return theirs
