"""In which language a participant reads, and choosing another.

``Participant.language`` is the wish and stays as it is when a study's manager switches that
language off; until another is chosen, the study's first language is read. Switched on again, the
wish counts again.
"""

from django.db import transaction
from django.utils.translation import gettext

from participants.people.errors import LanguageNotOffered
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.people.services.self_service import require_self_or
from participants.words.languages import LANGUAGES, Language
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.protocol.models import Study


def offered(study: Study) -> list[Language]:
    """The languages the study offers its participants, in its order; English where it names none.

    A language that the product does not have (any more) is left out.
    """
    known = [LANGUAGES[code] for code in study.languages if code in LANGUAGES]
    return known or [LANGUAGES["en"]]


def reading_language(participant: Participant) -> Language:
    """The language of the participant's pages, messages and hints."""
    choices = offered(participant.study)
    return next((choice for choice in choices if choice.code == participant.language), choices[0])


def switched_off(participant: Participant) -> Language | None:
    """The language the participant chose, when the study no longer offers it."""
    wished = LANGUAGES.get(participant.language)
    return None if wished in offered(participant.study) else wished


def choose_language(*, participant: Participant, language: str, by: Actor) -> Participant:
    """Let ``participant`` read ``language`` from now on, on every phone and in every message.

    Choosing the language already chosen changes and records nothing.

    Raises:
        LanguageNotOffered: the study does not offer it.
        NotAllowed: ``by`` is neither the participant nor may edit participants at the site.
    """
    require_self_or(Permission.PARTICIPANT_EDIT, by=by, participant=participant)
    with transaction.atomic():
        current = Participant.objects.select_for_update().get(pk=participant.pk)
        # Read here, so that a language switched off a moment ago is not chosen after all.
        if language not in [offer.code for offer in offered(current.study)]:
            raise LanguageNotOffered(
                gettext(
                    "Your study is not offered in this language. Nothing was changed. Please "
                    "choose one of the languages on this page."
                )
            )
        before = current.language
        if before != language:
            current.language = language
            current.save(update_fields=["language"])
            record_about(
                current,
                "participant.choose_language",
                by=by,
                old={"language": before},
                new={"language": language},
            )
    participant.language = language
    return participant
