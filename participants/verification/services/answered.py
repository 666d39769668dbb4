"""The answers of a form as fields to verify: each with the revision in which it was given."""

from participants.answers.models import Submission
from participants.answers.services.contents import content_of
from participants.answers.services.exporting import columns_of
from participants.answers.services.reading import NOTED, in_words, question_of
from participants.people.models import Participant
from participants.verification.parts import Field
from studies.instruments.definition import UNASKED
from studies.protocol.models.verified import ANSWERS


def fields_of_form(participant: Participant, form: Submission) -> list[Field]:
    """The answered questions of ``form``, in its order; what it computes or notes has no source.

    The version of an answer is the number of the revision that gave it: it tells nothing of what
    is sealed, and an answer that was changed and changed back has another one.
    """
    revisions = list(form.revisions.all())
    contents = [content_of(revision, participant).answers for revision in revisions]
    if not contents:
        return []
    definition, now = form.version.form, contents[-1]
    items = {item.name: item for item in definition.questions}
    fields = []
    for column, path in columns_of({1: definition}, set(now)).items():
        item = items[path.rpartition("/")[2].partition("[")[0]]
        value = now.get(path, "")
        if not value or item.type in UNASKED or item.type in NOTED:
            continue
        given = _given_in(path, contents)
        asked = f"{ANSWERS}/{form.assignment.code}"
        fields.append(
            Field(
                key=f"{asked}/{column}",
                asked=f"{asked}/{item.name}",
                label=question_of(definition, item),
                value=in_words(definition, item, value),
                version=f"revision {revisions[given].number}",
                group=form.assignment.instrument.title,
                changed_at=revisions[given].received_at,
            )
        )
    return fields


def _given_in(path: str, contents: list[dict[str, str]]) -> int:
    """The place of the revision since which the answer at ``path`` is what it is now."""
    given = len(contents) - 1
    while given and contents[given - 1].get(path) == contents[given].get(path):
        given -= 1
    return given
