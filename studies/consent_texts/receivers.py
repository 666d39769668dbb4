"""What consent asks of a study before it may start."""

from typing import Any

from django.conf import settings
from django.dispatch import receiver

from studies.consent_texts.models import ConsentDocument
from studies.protocol.models import Study
from studies.protocol.signals import activation_asked


@receiver(activation_asked)
def every_language_has_a_text(study: Study, **extra: Any) -> list[str]:
    """Each language offered to participants needs a consent document in force."""
    in_force = study.consent_documents.filter(state=ConsentDocument.State.IN_FORCE)
    covered = set(in_force.values_list("language", flat=True))
    names = dict(settings.LANGUAGES)
    return [
        f"a consent document in force in {names.get(language, language)}"
        for language in study.languages
        if language not in covered
    ]
