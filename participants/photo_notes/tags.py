"""What a photo's page shows of the notes on it, and of the queries about a part of it."""

from typing import Any

from django import template
from django.db.models import Q

from participants.capture.picture_regions import is_point, region_text
from participants.photo_notes.forms import PhotoNoteForm
from participants.photo_notes.models import PhotoNote
from participants.photo_notes.services.noting import may_note
from participants.queries.models import Query
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.services.rights import may

register = template.Library()
register.filter("region_text", region_text)
register.filter("is_point", is_point)


@register.simple_tag(takes_context=True)
def notable(context: Any) -> bool:
    """Whether the viewer of the page's photo has the tools to mark a place."""
    participant = context["participant"]
    closed = participant.study.state == Study.State.CLOSED
    return not closed and may_note(context["request"].user, participant)


@register.inclusion_tag("participants/photo_notes/_card.html", takes_context=True)
def photo_notes(context: Any) -> dict[str, Any]:
    """The notes on the page's photo, the queries about a part of it, and the form for another."""
    request, photo, participant = context["request"], context["photo"], context["participant"]
    notes = PhotoNote.objects.visible_to(request.user).filter(photo=photo)
    asked = Query.objects.visible_to(request.user).filter(
        Q(photo=photo) & Q(participant=participant) & Q(region__isnull=False)
    )
    writes = notable(context)
    return {
        "study": participant.study,
        "participant": participant,
        "photo": photo,
        "notes": notes.select_related("by", "struck_by"),
        "asked": asked.prefetch_related("entries").order_by("number"),
        "form": PhotoNoteForm(auto_id="photo_note_%s") if writes else None,
        "may_ask": may(
            request.user, Permission.QUERY_RAISE, study=participant.study, site=participant.site
        ),
    }
