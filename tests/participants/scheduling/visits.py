"""What tests of acts on visits speak of."""

import io
import uuid
from collections.abc import Callable
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User

Sign = Callable[[User], Client]
PAGE = "/studies/MEL-8/participants/SG01-0001/"
VISIT = f"{PAGE}visits/week-4/"
WHY = "Away for work"
DAY_28 = date(2026, 3, 30)  # possible from 28 March to 2 April


def at(participant: Participant, code: str) -> Visit:
    found = participant.visits.select_related("definition").get(definition__code=code)
    found.participant = participant
    return found


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "#a87").save(out, format="JPEG")
    return out.getvalue()


def sent(view: str = "front", body: bytes | None = None) -> dict[str, object]:
    file = SimpleUploadedFile("face.jpg", picture() if body is None else body, "image/jpeg")
    return {"request_id": uuid.uuid4(), "view": view, "photo": file}
