"""The protocol's words in the participants' languages: title, visits and instructions."""

from collections.abc import Mapping
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from studies.platform.actors import Actor
from studies.platform.errors import Invalid
from studies.platform.seen import Seen
from studies.protocol.models import Study, VisitDefinition
from studies.protocol.services.changes import change_row, require_edit
from studies.record.unchanged import require_unchanged

T = TypeVar("T")
SOURCE = "en"  # the protocol is worded in English; what is not translated is shown in it


def languages_to_translate(study: Study) -> list[str]:
    """The languages ``study`` offers to participants besides its own words'."""
    return [code for code in study.languages if code != SOURCE]


@transaction.atomic
def translate_protocol(
    *,
    study: Study,
    language: str,
    title: str,
    visits: Mapping[str, Mapping[str, str]],
    by: Actor,
    reason: str = "",
    seen: Seen | None = None,
) -> Study:
    """Word ``study`` in ``language``; what is left empty is shown in the protocol's own words.

    ``visits`` maps visit codes to ``{name, instructions}``; visits not named stay as they are.

    Raises:
        Invalid: the study does not offer the language, or has no such visit.
        NotAllowed, StudyClosed, ReasonMissing, ChangedMeanwhile: as their messages say.
    """
    require_edit(by, study)
    if language not in languages_to_translate(study):
        name = dict(settings.LANGUAGES).get(language, language)
        raise Invalid(f"{name} is not among the study's languages. Nothing was changed.")
    known = {visit.code: visit for visit in VisitDefinition.objects.filter(study=study)}
    unknown = sorted(set(visits) - set(known))
    if unknown:
        raise Invalid(f"The schedule has no visit {', '.join(unknown)}. Nothing was changed.")
    study = Study.objects.select_for_update().get(pk=study.pk)
    now = shown_words(study, language)
    actions = ("study.translate", "visit_definition.translate")
    require_unchanged(seen, now, study=study.code, actions=actions)
    titles = _with(study.titles, language, title.strip())
    study = change_row(
        study, {"titles": titles}, action="study.translate", study=study, by=by, reason=reason
    )
    for code, words in visits.items():
        said = {name: text for name, text in words.items() if text.strip()}
        change_row(
            known[code],
            {"translations": _with(known[code].translations, language, said)},
            action="visit_definition.translate",
            study=study,
            by=by,
            reason=reason,
        )
    return study


def shown_words(study: Study, language: str) -> dict[str, str]:
    """The words in ``language`` by the names of their form's fields."""
    words = {"title": study.titles.get(language, "")}
    for visit in study.visit_definitions.all():
        said = visit.translations.get(language, {})
        words[f"name-{visit.code}"] = said.get("name", "")
        words[f"instructions-{visit.code}"] = said.get("instructions", "")
    return words


def untranslated(study: Study, language: str) -> int:
    """How many of the protocol's words participants would read in another language than theirs."""
    missing = int(not study.titles.get(language))
    for visit in study.visit_definitions.all():
        said = visit.translations.get(language, {})
        missing += int(not said.get("name"))
        missing += int(bool(visit.instructions) and not said.get("instructions"))
    return missing


def _with(words: Mapping[str, T], language: str, said: T) -> dict[str, T]:
    """``words`` with ``said`` in ``language``; without the language when nothing is said."""
    rest = {code: text for code, text in words.items() if code != language}
    return {**rest, language: said} if said else rest
