"""Refusals about reading studies."""

from studies.platform.errors import Invalid, NotAllowed, NotFound, StateRefused


class ReadingStudyFixed(StateRefused):
    """The reading study is open or closed, and the step belongs to a draft, or the like."""

    code = "reading_study_fixed"
    title = "This reading study stays as it is"


class NotReady(StateRefused):
    """A draft lacks something that reading needs."""

    code = "reading_study_not_ready"
    title = "This reading study cannot open yet"


class MayNotRead(NotAllowed):
    """The person cannot read here blind: no right to, or they know the participants."""

    code = "may_not_read_blind"
    title = "This person cannot read blind here"


class NotYourTurn(NotFound):
    """The case is not the reader's next one: read before, dropped, or somebody else's."""

    code = "not_your_turn"
    title = "This case is not the next one"


class ReadingFixed(StateRefused):
    """What was read does not change any more."""

    code = "reading_fixed"
    title = "This reading stays as it is"


class GradesIncomplete(Invalid):
    """Something is not graded, or not as its scale takes it."""

    code = "grades_incomplete"
    title = "Please look at the grades again"


class StillBlind(StateRefused):
    """What was graded is shown to nobody before the reading study is closed."""

    code = "reading_study_still_blind"
    title = "Not before it closes"
