"""The values a column may hold, each with its label: what the codebook lists as allowed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from inference.pipeline.assessed import REGION_CODES
from inference.pipeline.grades import FACE, GRADES
from inference.pipeline.recipe import RECIPES
from inference.scoring.quality import LABELS
from inference.scoring.tags import region_name
from participants.capture.metadata import (
    FACING_WORDS,
    FACINGS,
    METHOD_WORDS,
    METHODS,
    TRIGGER_WORDS,
    TRIGGERS,
)
from participants.capture.models import Photo
from participants.capture.services.flags import FLAGS
from participants.consent.models import Consent
from participants.deviations.models import Deviation
from participants.imaging.profiles import SENTENCES
from participants.people.models import Participant
from participants.verification.services.standing import Standing
from participants.visits.models import Visit
from studies.amendments.models import Amendment
from studies.consent_texts.models import ConsentDocument
from studies.protocol.models import Condition, Site, Study, View, VisitDefinition

SEPARATOR = " | "

Pairs = Iterable[tuple[str, str]]


def among(pairs: Pairs) -> str:
    """``code = label | code = label``; a label that is empty or the code itself is left out."""
    return SEPARATOR.join(
        code if label in {"", code} else f"{code} = {_plain(label)}" for code, label in pairs
    )


def _plain(label: str) -> str:
    """On one line, and without the sign that parts one value from the next."""
    return " ".join(str(label).replace("|", "/").split())


def _listed(codes: Iterable[str], words: Mapping[str, str]) -> str:
    return among((code, words.get(code, "")) for code in codes)


BOOLEAN = among((("true", ""), ("false", "")))
GRADE = " < ".join(GRADES)
CHANGE_SOURCE = among(
    (
        (
            "study",
            "this study's own: of its first visit, or of visits at most two days apart",
        ),
        ("card", "those on the model's card, of other people"),
    )
)
VIEW = among(View.choices)
SEX = among(Participant.Sex.choices)
ETHNICITY = among(Participant.Ethnicity.choices)
FITZPATRICK = among(
    (str(n), roman) for n, roman in enumerate(("I", "II", "III", "IV", "V", "VI"), 1)
)
MONK = among((str(n), {1: "lightest", 10: "darkest"}.get(n, "")) for n in range(1, 11))
VISIT_STATE = among(Visit.State.choices)
DEVIATIONS = among(Deviation.Kind.choices)
VERIFICATION = among((standing.value, standing.words) for standing in Standing)
# Nothing of somebody whose data are erased is exported.
PARTICIPANT_STATE = among(
    (state.value, state.label) for state in Participant.State if state != Participant.State.ERASED
)
CONSENT_STATE = among(Consent.State.choices)
PHOTO_STATE = among(
    (
        (Photo.State.ACCEPTED.value, "accepted"),
        (Photo.State.RETAKE_WANTED.value, "turned down, to be taken again"),
        (Photo.State.EXCLUDED.value, "turned down once no other could be taken"),
        (Photo.State.REPLACED.value, "turned down and replaced by another"),
    )
)
CAMERA, RECEIVED = "camera", "received"
TIME_SOURCE = among(
    (
        *((source.value, source.label) for source in Photo.TimeSource),
        (CAMERA, "one of these two: of photos from before it was kept which"),
        (RECEIVED, "when it arrived: nothing told"),
    )
)
EXIF_ZONE = among(Photo.ExifZone.choices)
PHOTO_FLAGS = among(FLAGS.items())
PHOTO_REVIEW = among(Photo.Review.choices)
REGION = among((code, region_name(code)) for code in (FACE, *REGION_CODES))
RECIPE = among((code, recipe.title) for code, recipe in RECIPES.items())
QUALITY_FLAGS = among(
    (code, sentence.split(". ")[0].rstrip("."))
    for code, sentence in {**LABELS, **SENTENCES}.items()
)
METHOD = _listed(METHODS, METHOD_WORDS)
FACING = _listed(FACINGS, FACING_WORDS)
TRIGGER = _listed(TRIGGERS, {**TRIGGER_WORDS, "file": "neither: a file was sent"})


@dataclass(frozen=True)
class StudySets:
    """The closed sets that a study's own protocol makes, and the choices of its consent texts.

    ``choices`` are code and words, in the order in which texts in force brought them up; words are
    the newest version's, in the study's first language where it has one.
    """

    study: str
    site: str
    arm: str
    visit: str
    protocol_version: str
    condition: str
    consent_version: str
    choices: tuple[tuple[str, str], ...]


def study_sets(study: Study, sites: Sequence[Site]) -> StudySets:
    """Those of ``study``, with ``sites`` as the person may see them."""
    graded = list(study.ordered_conditions())
    others = [c for c in Condition.objects.all() if c not in graded]  # removed since, say
    return StudySets(
        study=among([(study.code, study.title)]),
        site=among((site.code, site.name) for site in sites),
        arm=among(study.arms.values_list("code", "name")),
        visit=among(visit_names(study)),
        protocol_version=among(_versions(study)),
        condition=among((c.code, c.name) for c in [*graded, *others]),
        consent_version=among(
            (number, "") for number in study.consent_versions.values_list("number", flat=True)
        ),
        choices=consent_choices(study),
    )


def visit_names(study: Study) -> list[tuple[str, str]]:
    """Code and name of every visit, of any version and of none, in its newest wording, by day."""
    rows = VisitDefinition.every.filter(study=study).order_by("first_version")
    newest = {row.code: row for row in rows}
    ordered = sorted(newest.values(), key=lambda row: (row.day_offset, row.code))
    return [(row.code, row.name) for row in ordered]


def _versions(study: Study) -> Iterator[tuple[str, str]]:
    """Number and title of every version that a site's committee approved."""
    yield "1", "the protocol as it began"
    adopted = Amendment.objects.filter(study=study, state=Amendment.State.ADOPTED)
    for number, title in adopted.order_by("number").values_list("number", "title"):
        yield str(number), title


def consent_choices(study: Study) -> tuple[tuple[str, str], ...]:
    """Code and words of every choice that a text of the study ever asked for."""
    first = study.languages[0] if study.languages else ""
    texts = (
        study.consent_documents.exclude(state=ConsentDocument.State.DRAFT)
        .order_by("version__edition", "pk")
        .values_list("language", "choices")
    )
    choices_listed: dict[str, str] = {}
    for _language, choices in sorted(texts, key=lambda text: text[0] == first):
        choices_listed.update({choice["code"]: choice["text"] for choice in choices})
    return tuple(choices_listed.items())
