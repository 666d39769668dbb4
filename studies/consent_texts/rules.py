"""What a consent document must hold before anybody may be shown it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from studies.consent_texts.models import SCORING, ConsentDocument
from studies.platform.errors import Invalid

# More than a handful of points or questions is no longer the key of anything.
MAX_KEY_POINTS = 8
MAX_KEY_POINT = 200  # characters
MAX_QUESTIONS = 5
OPTIONS = (2, 4)


def check_document(document: ConsentDocument) -> None:
    """Refuse choices, key points or questions that a participant could not use.

    Raises:
        Invalid: ``detail["fields"]`` says for each of the three what is wrong.
    """
    problems = {
        "choices": _choices(document.choices),
        "key_points": _key_points(document.key_points),
        "questions": _questions(document.questions),
    }
    errors = {name: [problem] for name, problem in problems.items() if problem}
    if errors:
        raise Invalid(" ".join(words[0] for words in errors.values()), detail={"fields": errors})


def check_editorial(document: ConsentDocument, before: ConsentDocument | None, reason: str) -> None:
    """Refuse to call a version editorial that is more than other words for the same.

    Raises:
        Invalid: there is no earlier version, no reason, the choices are others, or another
            language has this version and it asked people again there.
    """
    if before is None:
        raise Invalid(
            "This is the first version in its language, so it cannot be an editorial change of an "
            "earlier one. Nothing was put in force."
        )
    if document.version.edition and not document.says_the_same(before):
        raise Invalid(
            f"Version {document.version} says something else than version {before.version}: "
            "people were asked again when it came into force in another language, so they are "
            "asked in this one. Nothing was put in force."
        )
    if _asked(document) != _asked(before):
        raise Invalid(
            "The choices differ from those of the version in force, and that is more than other "
            "words: participants have to be asked again. Nothing was put in force."
        )
    if not reason:
        problem = "Say in a few words why nobody has to agree again."
        raise Invalid(problem, detail={"fields": {"editorial_reason": [problem]}})


def _asked(document: ConsentDocument) -> dict[str, bool]:
    return {choice["code"]: choice["required"] for choice in document.choices}


def _choices(choices: Sequence[Mapping[str, Any]]) -> str:
    codes = [choice.get("code", "") for choice in choices]
    if not all(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", code) for code in codes):
        return "Each choice needs a code of small letters, digits and underscores."
    if len(set(codes)) != len(codes):
        return "Each choice needs a code of its own."
    if not all(str(choice.get("text", "")).strip() for choice in choices):
        return "Each choice needs the words a participant agrees to."
    if SCORING not in codes:
        return f"One choice must be {SCORING}: photos are scored by software."
    return ""


def _key_points(points: Sequence[str]) -> str:
    if len(points) > MAX_KEY_POINTS:
        return f"At most {MAX_KEY_POINTS} key points: they are what matters most."
    if any(not point.strip() or len(point) > MAX_KEY_POINT for point in points):
        return f"Each key point is one sentence of at most {MAX_KEY_POINT} characters."
    return ""


def _questions(questions: Sequence[Mapping[str, Any]]) -> str:
    if len(questions) > MAX_QUESTIONS:
        return f"At most {MAX_QUESTIONS} check questions."
    for number, question in enumerate(questions, 1):
        problem = _question(question)
        if problem:
            return f"Check question {number}: {problem}"
    return ""


def _question(question: Mapping[str, Any]) -> str:
    options = [str(option).strip() for option in question.get("options", [])]
    low, high = OPTIONS
    if not str(question.get("text", "")).strip():
        return "write the question."
    if not low <= len(options) <= high or not all(options):
        return f"give {low} to {high} answers."
    if len(set(options)) != len(options):
        return "two answers are the same."
    if question.get("right") not in range(1, len(options) + 1):
        return "say which answer is right, counted from 1."
    if not str(question.get("explanation", "")).strip():
        return "write the explanation that is shown after an answer."
    return ""
