"""What the guided camera needs to know, as JSON in the page: thresholds, views, outlines, words."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.capture.steps import Step
from participants.capture.views import engine
from participants.imaging.errors import MESSAGES, UnreadableCode
from participants.imaging.formats import FORMATS
from participants.imaging.profiles import NORMAL, PROFILES, SENTENCES, VIEW_YAW, QualityProfile
from participants.imaging.telling import RANK
from participants.visits.models import Visit

# What to do, in one sentence, for a view.
WORDS: dict[str, str | Promise] = {
    "front": gettext_lazy("Look straight into the camera."),
    "left": gettext_lazy(
        "Turn your head to your right, about halfway to your shoulder, until your left cheek "
        "faces the phone."
    ),
    "right": gettext_lazy(
        "Turn your head to your left, about halfway to your shoulder, until your right cheek "
        "faces the phone."
    ),
}
# The codes the phone can tell of by itself (static/js/participants/capture/camera/gates.js).
TOLD = (
    "no_face", "other_faces", "too_far", "cut_off", "turned_left", "turned_right", "show_left",
    "show_right", "turned_too_far", "looking_up", "looking_down", "tilted", "upside_down",
    "blurred", "grainy", "too_bright", "shadows", "too_dark", "uneven_light", "coloured_light",
    "moved", "not_relaxed",
)  # fmt: skip
# Why the phone refuses a file before it keeps it (static/js/participants/capture/file_kind.js).
ASKED_BEFORE: tuple[UnreadableCode, ...] = ("kind_not_readable", "too_many_pixels")
# Which drawing of templates/participants/capture/my/camera/better.html shows what to do better,
# where there is one.
PICTURES = {
    "too_dark": "dark", "shadows": "dark", "grainy": "dark",
    "too_bright": "bright", "coloured_light": "bright",
    "uneven_light": "uneven",
    "blurred": "blurred", "moved": "blurred",
    "too_far": "far",
    "cut_off": "cut_off", "no_face": "cut_off",
    "turned_left": "turned", "turned_right": "turned",
    "show_left": "cheek", "show_right": "cheek", "turned_too_far": "cheek",
    "looking_up": "chin", "looking_down": "chin",
    "tilted": "tilted", "upside_down": "tilted",
    "covered": "covered", "mouth_covered": "covered", "dark_glasses": "glasses",
    "eyes_closed": "eyes",
    "other_faces": "others",
}  # fmt: skip


def pictures_for(codes: Sequence[str]) -> list[str]:
    """Return the drawings that belong to these reasons, each once."""
    return list(dict.fromkeys(PICTURES[code] for code in codes if code in PICTURES))


def camera_data(visit: Visit, steps: Sequence[Step]) -> dict[str, Any]:
    """Return what the page's scripts read, as plain JSON types in the participant's language.

    ``gates`` are the study's thresholds (``participants.imaging.profiles``). A study that refuses
    nothing (``off``) has none; the camera then guides by those of ``normal`` and never says that a
    photo may be refused (``refuses``).
    """
    profile = PROFILES[visit.participant.study.quality_profile]
    from participants.capture.services.references import outlines_for

    outlines = outlines_for(visit)
    return {
        "visit": visit.definition.code,
        "engine": reverse("my:engine"),
        "engineFiles": engine.wanted(),
        "home": reverse("my:home"),
        "refuses": bool(profile.gates),
        "gates": _gates(profile if profile.gates else NORMAL),
        "viewYaw": dict(VIEW_YAW),
        "sentences": {code: _(SENTENCES[code]) for code in TOLD},
        "pictures": PICTURES,
        "rank": RANK,
        "formats": {name: kind.max_pixels for name, kind in FORMATS.items()},
        "refusals": {code: _(MESSAGES[code]) for code in ASKED_BEFORE},
        "steps": [
            {
                "view": step.view,
                "name": str(step.name),
                "words": str(WORDS[step.view]),
                "url": step.url,
                "state": step.state,
                "reasons": [
                    {"code": reason["code"], "message": _(reason["message"])}
                    for reason in (step.reasons if step.wanted else ())
                ],
                "outline": outlines[step.view].as_dict() if step.view in outlines else None,
            }
            for step in steps
        ],
    }


def _gates(profile: QualityProfile) -> dict[str, dict[str, Any]]:
    return {code: asdict(gate) for code, gate in profile.gates.items()}
