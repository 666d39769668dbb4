"""Refusals about learning from readers."""

from studies.platform.errors import Invalid, StateRefused


class NothingToLearn(StateRefused):
    """No training set can be made of this reading study, or none that may be used."""

    code = "nothing_to_learn"
    title = "There is nothing to train on"


class NoTrainer(StateRefused):
    """No host of this installation trains."""

    code = "no_trainer"
    title = "No host trains here"


class TermsMissing(Invalid):
    """Nobody said which consent allows training, and on what terms."""

    code = "terms_missing"
    title = "Say what allows this training"
