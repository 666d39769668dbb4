"""An erasure outlasts the restoring of older copies and the changing of keys."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from participants.consent.models import Consent
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.privacy.models import DataRequest, RequestWork
from participants.privacy.services import data_requests, erasure
from participants.privacy.services.key_rotation import rotate_identity_keys
from studies.platform import storage, work
from studies.platform.actors import SYSTEM
from tests.participants.privacy.erasing import Filled, ask_to_erase, carry_out, erase

pytestmark = pytest.mark.django_db


# --- Older copies restored ---------------------------------------------------------------------


def test_after_an_older_database_is_restored_they_are_erased_again(siti: Participant) -> None:
    erase(siti)
    out = io.StringIO()
    call_command("reapply_erasures", "--list", stdout=out)
    assert out.getvalue() == "MEL-8 SG01-0001\n"
    # The database of before the erasure: the participant is there, the request is not.
    DataRequest.objects.all().delete()
    Participant.objects.update(state="completed", data_use="full")

    out = io.StringIO()
    call_command("reapply_erasures", stdout=out)

    assert "is erased again" in out.getvalue()
    assert carry_out(DataRequest.objects.get()).state == "done"
    siti.refresh_from_db()
    assert siti.state == "erased"


def test_after_older_files_are_restored_they_are_removed_again(filled: Filled) -> None:
    siti, photo = filled.participant, filled.photos[0]
    body = storage.read(photo.original_file)
    record_about(siti, "photo.receive", by=siti, target=photo)
    erase(siti)
    storage.private_storage().save(photo.original_file, ContentFile(body))

    out = io.StringIO()
    call_command("reapply_erasures", stdout=out)

    assert "files that came back: 1" in out.getvalue()
    assert str(photo.pk) not in "\n".join(storage.stored_names())


# --- Keys changed ------------------------------------------------------------------------------


def test_keys_are_still_rotated_when_somebody_is_erased(
    siti: Participant, settings: Settings
) -> None:
    erase(siti)
    settings.IDENTITY_KEYS = ["another passphrase, long enough for it", *settings.IDENTITY_KEYS]
    rotate_identity_keys(by=SYSTEM)
    assert bytes(Consent.objects.get().sealed_name) == b""


def test_a_sealed_plan_is_opened_after_the_keys_were_changed(
    siti: Participant, settings: Settings
) -> None:
    request = ask_to_erase(siti)
    token = data_requests.receipt_token(request)
    RequestWork.objects.update(due_at=timezone.now())
    work.perform(RequestWork, request.work.pk, erasure.carry_out)
    settings.IDENTITY_KEYS = ["another passphrase, long enough for it", *settings.IDENTITY_KEYS]
    rotate_identity_keys(by=SYSTEM)
    settings.IDENTITY_KEYS = settings.IDENTITY_KEYS[:1]
    request.refresh_from_db()
    assert data_requests.receipt_token(request) == token
    assert carry_out(request).state == "done"
