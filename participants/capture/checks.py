"""What ``manage.py check --deploy`` tries of the way of a photo."""

from typing import Any

from django.core.checks import CheckMessage, Error, register


@register(deploy=True)
def face_networks(**options: Any) -> list[CheckMessage]:
    """The networks that find a face are there, and are the ones this code was checked with."""
    del options
    from participants.imaging.face_files import (
        DETECTOR,
        MESH,
        FaceModelsMissing,
        default_assets,
        read_network,
    )

    try:
        for name in (DETECTOR, MESH):
            read_network(default_assets(), name)
    except FaceModelsMissing as error:
        words = "No photo can be checked: the face networks cannot be read."
        return [Error(words, hint=str(error), id="participants.E010")]
    return []
