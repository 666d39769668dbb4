"""A new version of the consent text in force, for pages that ask for consent again."""

from tests.stack import Stack

GIVEN = """
from studies.consent_texts.models import ConsentDocument
from studies.protocol.models import Study
from studies.access.models import User
from studies.consent_texts import services as consent_documents
study = Study.objects.get(code="MEL-8")
dewi = User.objects.get(email="dewi@demo.example")
for before in ConsentDocument.objects.filter(study=study, state="in_force"):
    draft = consent_documents.draft_document(
        study=study, by=dewi, language=before.language, version=f"{before.version}b",
        title=before.title, choices=before.choices, key_points=before.key_points,
        questions=before.questions,
        body=before.body + "\\n\\nPhotos are kept for fifteen years after the study ends.\\n")
    consent_documents.put_in_force(document=draft, by=dewi, reason="A newer text.")
"""


def renew_consent(stack: Stack) -> None:
    """Put a new text in force in every language of the demonstration's study."""
    stack.ask("True", given=GIVEN)
