"""Forms of acts on queries."""

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.queries.models import LONGEST
from studies.platform.forms import OnceForm


class WordsForm(OnceForm):
    """What is said; the service decides whether words are needed."""

    text = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("No names and no arms, please. It cannot be changed afterwards."),
    )


class RaiseForm(WordsForm):
    """A new query."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["text"].label = _("What is to be answered?")
        self.fields["text"].required = True


class AnswerForm(WordsForm):
    """The site's answer."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["text"].label = _("Answer")
        self.fields["text"].required = True


class SettleForm(WordsForm):
    """Closing or reopening: what is said to it; ``needed`` where no answer says why."""

    def __init__(self, *args: object, needed: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["text"].label = _("Why?") if needed else _("What is said to it")
        self.fields["text"].required = needed
