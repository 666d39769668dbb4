"""What forms of every room share."""

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Refusal, fields_of
from studies.platform.seen import ChangedMeanwhile, Seen

Values = Mapping[str, Any]
SEEN, CONFIRMED = "seen", "confirmed"
LONGEST = 120  # characters of a value that are said in a sentence


def show_refusal(
    form: forms.BaseForm,
    refusal: Refusal,
    *,
    prefix: str = "",
    rename: Mapping[str, str] | None = None,
    current: Callable[[], Values] | None = None,
) -> None:
    """Put what a service refused beside its fields; what has no field goes to the top.

    ``prefix`` is tried where a field of the refusal's name is missing, ``rename`` names fields
    that the form calls otherwise. A form that carries what its page showed (``carry_seen``) says
    what has changed since, and one with ``ask_to_confirm`` what is to be confirmed.
    """
    if isinstance(refusal, ChangedMeanwhile) and current is not None and SEEN in form.fields:
        _show_changes(form, refusal, current())
        return
    if isinstance(refusal, Unconfirmed) and CONFIRMED in form.fields:
        _show_doubts(form, refusal)
        return
    named = fields_of(refusal)
    for name, sentence in named.items():
        known = (rename or {}).get(name, name)
        field = known if known in form.fields else f"{prefix}{known}"
        form.add_error(field if field in form.fields else None, sentence)
    if not named:
        form.add_error(None, refusal.message)


class ReasonForm(forms.Form):
    """Why something changes; asked for once a study has left the draft."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("A few words. They stay in the audit trail."),
        widget=forms.TextInput,
        max_length=500,
    )


class OnceForm(forms.Form):
    """A form that carries its own number, so that sending it twice does it once."""

    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


# --- Stale forms -------------------------------------------------------------------------------


class SeenField(forms.CharField):
    """What the page showed (``studies.platform.seen``); clean, it is what a service takes.

    A form without it, as from a program, is not compared.
    """

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Seen | None:
        return Seen.read(str(value)) if value else None


def carry_seen(form: forms.BaseForm, current: Callable[[], Values]) -> None:
    """Let ``form`` carry what its page shows; ``current`` is asked when a page is opened.

    The form's ``cleaned_data["seen"]`` is for the service, which compares
    (``studies.record.unchanged``); ``show_refusal`` shows what it finds.
    """
    form.fields[SEEN] = SeenField(required=False, label="")
    if not form.is_bound:
        form.initial[SEEN] = Seen.of(current()).token()


def seen_in(sent: Mapping[str, Any]) -> Seen | None:
    """What a form that is a button only carries: the hidden field ``seen`` of what was sent."""
    return SeenField().clean(sent.get(SEEN, ""))


def row_values(row: models.Model, names: Collection[str]) -> dict[str, Any]:
    """The values of ``row`` that a form about it shows."""
    return {name: getattr(row, name) for name in names if hasattr(row, name)}


def _show_changes(form: forms.BaseForm, refusal: ChangedMeanwhile, current: Values) -> None:
    """Say what is otherwise now; take it in where nothing was typed, keep what was typed elsewhere.

    The form then carries what is ``current``, so that sending it again saves it over that.
    """
    seen = form.cleaned_data.get(SEEN) or Seen(None)
    form.add_error(None, _first_sentence(refusal))
    assert isinstance(form.data, QueryDict)  # noqa: S101 - narrows the type
    data = form.data.copy()
    for name in refusal.names:
        taken = name in form.fields and seen.showed(name, form.cleaned_data.get(name))
        if taken:
            _take_in(form, data, name, current[name])
        form.add_error(None, _is_now(form, name, current[name], taken=taken))
    data[form.add_prefix(SEEN)] = Seen.of(current).token()
    form.data = data
    if form.is_multipart():
        form.add_error(None, _("A browser keeps no file it has sent: choose it again."))
    form.add_error(
        None,
        format_html(
            '{} <a href="">{}</a>',
            _("What you typed is still here. Send it again to save it over that, or"),
            _("see it as it is now."),
        ),
    )


def _first_sentence(refusal: ChangedMeanwhile) -> str:
    if not refusal.who or refusal.at is None:
        return _("Nothing was saved: this was changed after you had opened the page.")
    at = timezone.localtime(refusal.at)
    return _(
        "Nothing was saved: %(who)s changed this on %(day)s, after you had opened the page."
    ) % {
        "who": refusal.who.partition(" <")[0],
        "day": f"{date_format(at, 'j F Y')}, {date_format(at, 'H:i')}",
    }


def _is_now(form: forms.BaseForm, name: str, value: Any, *, taken: bool) -> str:
    label = form[name].label if name in form.fields else name.replace("_", " ").capitalize()
    several = name not in form.fields and isinstance(value, list | dict)
    said = "" if several else _in_words(form, name, value)
    if several:
        sentence = _("%(label)s are others now.")
    elif not said:
        sentence = _("%(label)s is empty now.")
    elif len(said) > LONGEST:
        sentence = _("%(label)s is another text now.")
    else:
        sentence = _("%(label)s is “%(value)s” now.")
    if taken:
        sentence = f"{sentence} {_('It is taken into the form.')}"
    return sentence % {"label": label, "value": said}


def _in_words(form: forms.BaseForm, name: str, value: Any) -> str:
    """A value as a person reads it: choices by their words, lists with commas."""
    field = form.fields.get(name)
    if value is None:
        return ""
    if isinstance(field, forms.ModelChoiceField):
        return str(value) if isinstance(value, models.Model) else _chosen(field, value)
    choices = dict(getattr(field, "choices", None) or {})
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(choices.get(choice, choice)) for choice in values)


def _chosen(field: "forms.ModelChoiceField[Any]", value: Any) -> str:
    rows = value if isinstance(value, list | tuple) else [value]
    return ", ".join(map(str, field.queryset.filter(pk__in=rows))) if field.queryset else ""


def _take_in(form: forms.BaseForm, data: QueryDict, name: str, value: Any) -> None:
    """Put ``value`` into what was sent, as its widget would have sent it."""
    key, field = form.add_prefix(name), form.fields[name]
    prepared = field.prepare_value(value)
    if isinstance(prepared, list | tuple) and not getattr(
        field.widget, "allow_multiple_selected", False
    ):
        data[key] = "\n".join(map(str, prepared))  # one a line
    elif isinstance(prepared, list | tuple):
        data.setlist(key, [str(item) for item in prepared])
    elif isinstance(field, forms.BooleanField):
        data.pop(key, None)
        if value:
            data[key] = "on"
    else:
        data[key] = field.widget.format_value(prepared) or ""


# --- Warnings ----------------------------------------------------------------------------------


class ConfirmedField(forms.MultipleChoiceField):
    """What a person has confirmed; nothing is shown until a service asks."""

    widget = forms.MultipleHiddenInput

    def valid_value(self, value: Any) -> bool:
        """Any key: the service knows what it asks for."""
        return len(str(value)) <= 200


def ask_to_confirm(form: forms.BaseForm) -> None:
    """Let ``form`` ask for what a service wants confirmed; ``cleaned_data["confirmed"]`` has it."""
    form.fields[CONFIRMED] = ConfirmedField(
        required=False, label=gettext_lazy("Please confirm, or correct it above")
    )


def _show_doubts(form: forms.BaseForm, refusal: Unconfirmed) -> None:
    field = form.fields[CONFIRMED]
    assert isinstance(field, ConfirmedField)  # noqa: S101 - narrows the type
    field.widget = forms.CheckboxSelectMultiple()  # type: ignore[assignment]
    field.required = True  # so that nothing calls it optional
    field.choices = list(refusal.doubts.items())
    form.add_error(None, refusal.message)
