"""Refusals about answers."""

from studies.platform.errors import Invalid, NotFound, StateRefused


class FormNotAsked(NotFound):
    """Nobody asks this form of this person, or not at this visit, day or number."""

    code = "form_not_asked"
    title = "This questionnaire is not asked"


class FormNotOpen(StateRefused):
    """The form is asked on other days than this one."""

    code = "form_not_open"
    title = "This questionnaire is not open"


class AnswersRefused(Invalid):
    """The form would not have taken these answers; ``detail["answers"]`` says which, and why.

    ``detail["answers"]`` is a list of ``{ref, text}``; ``ref`` is empty for the form as a whole.
    """

    code = "answers_refused"
    title = "These answers cannot be taken"


class AlreadyAnswered(StateRefused):
    """Somebody has submitted this form already; what is there stays."""

    code = "already_answered"
    title = "This questionnaire was answered already"


class AnswersConflict(StateRefused):
    """Other answers were sent under the same number before; those stay."""

    code = "answers_conflict"
    title = "These answers were not kept"


class VersionSuperseded(StateRefused):
    """The form was begun in a version that is asked no longer."""

    code = "form_version_superseded"
    title = "There is a newer version of this questionnaire"


class AnswersFixed(StateRefused):
    """The answers are in a state from which this step is not possible."""

    code = "answers_fixed"
    title = "These answers stay as they are"


class AnswersUnreadable(Invalid):
    """What was sent is no filled form: nothing of it was looked at."""

    code = "answers_unreadable"
    title = "These answers could not be read"


class AnswersDamaged(Invalid):
    """The answers are not those whose hash came with them; the phone sends them again."""

    code = "answers_damaged"
    title = "The answers were damaged on the way"


class OtherPersonsAnswers(StateRefused):
    """The form was filled in on the page of another participant than the one whose link is open."""

    code = "other_participant"
    title = "These answers are another person's"
