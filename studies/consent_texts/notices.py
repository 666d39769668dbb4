"""What a manager is told of languages whose consent text says something else than the newest."""

from django.utils.translation import gettext as _

from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.versions import Behind, behind, behind_draft
from studies.protocol.models import Study
from studies.words.tags import language_name, listed


def languages_behind(study: Study) -> str:
    """Which offered languages have an older text in force than the newest; empty: none."""
    languages = behind(study)
    return _words(languages) if languages else ""


def languages_behind_draft(draft: ConsentDocument) -> str:
    """The same, as it would be with ``draft`` in force and not editorial."""
    languages = behind_draft(draft)
    if languages is None:
        return ""
    return _("%(words)s An editorial version needs no translation.") % {"words": _words(languages)}


def _words(behind: Behind) -> str:
    newest = behind.newest
    return _(
        "Version %(version)s is in %(language)s. Another version is still in force in %(others)s. "
        "People who read these languages are not asked to agree to version %(version)s until a "
        "translation with the same number is in force. Those of them who agreed in %(language)s "
        "before are asked all the same, and read it in %(language)s."
    ) % {
        "version": newest.version,
        "language": language_name(newest.language),
        "others": listed(
            [f"{language_name(row.language)} ({row.version})" for row in behind.others]
        ),
    }
