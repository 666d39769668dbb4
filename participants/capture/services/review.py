"""Which accepted photos a person looks at: all, a share or none, by the protocol."""

from django.utils.crypto import salted_hmac

from participants.capture.models import Photo


def is_chosen(photo: Photo) -> bool:
    """Whether ``photo`` falls into the share of its study: always the same answer.

    Drawn from the photo's number by the installation's secret key, since phones make the numbers
    and could otherwise choose those that nobody looks at.
    """
    drawn = int.from_bytes(salted_hmac("photo.review", str(photo.pk)).digest()[:8], "big")
    return drawn % 100 < photo.visit.participant.study.photo_review
