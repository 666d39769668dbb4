"""The receipt of a request opens for anybody with its address, and names nobody."""

import json

import pytest
from django.test import Client

from participants.people.models import Participant
from participants.privacy.models import DataRequest
from participants.privacy.services import data_requests
from studies.platform.errors import NotFound
from tests.participants.privacy.erasing import ask_to_erase

pytestmark = pytest.mark.django_db


def test_the_receipt_opens_for_anybody_with_its_address_and_names_nobody(
    siti: Participant,
) -> None:
    request = ask_to_erase(siti)
    token = data_requests.receipt_token(request)
    assert token not in json.dumps(list(DataRequest.objects.values_list("token_sha256")))
    answer = Client().get(f"/r/{token}/")
    page = answer.content.decode()
    assert request.number in page
    assert "Not erased yet" in page
    assert "no-store" in answer["Cache-Control"]
    for secret in ("Siti", "siti@", siti.code):
        assert secret not in page


def test_another_address_is_no_receipt(siti: Participant) -> None:
    ask_to_erase(siti)
    with pytest.raises(NotFound):
        data_requests.find_receipt("guessed")
    assert Client().get("/r/guessed/").status_code == 404
