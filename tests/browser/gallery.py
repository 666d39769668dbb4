"""Every component on a page, for looking at and for axe; addresses of the tests only."""

from typing import Any

import django_tables2
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django_tables2 import RequestConfig

from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.errors import StateRefused
from studies.protocol.views.access import Rights

ROMAN = ["I", "II", "III", "IV", "V", "VI"]


class GalleryForm(forms.Form):
    """A field of every kind that pages use."""

    code = forms.CharField(help_text="Capital letters, digits and hyphens.")
    year = forms.IntegerField(label="Year of birth", required=False)
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    site = forms.ChoiceField(choices=[("SG01", "Singapore General Clinic"), ("KL01", "KL")])
    sex = forms.ChoiceField(
        choices=[("female", "Female"), ("male", "Male")],
        widget=forms.RadioSelect(attrs={"class": "choices--inline"}),
    )
    fitzpatrick = forms.ChoiceField(
        label="Fitzpatrick type",
        choices=[(str(n), roman) for n, roman in enumerate(ROMAN, 1)],
        widget=forms.RadioSelect(attrs={"class": "swatches swatches--fitzpatrick"}),
        help_text="How the skin burns and tans, asked and not guessed.",
    )
    monk = forms.ChoiceField(
        label="Monk skin tone",
        choices=[(str(n), str(n)) for n in range(1, 11)],
        widget=forms.RadioSelect(attrs={"class": "swatches swatches--monk"}),
        required=False,
    )
    views = forms.MultipleChoiceField(
        choices=[("front", "Front"), ("left", "Left side"), ("right", "Right side")],
        widget=forms.CheckboxSelectMultiple,
    )
    agree = forms.BooleanField(label="Software may score my photos.")
    file = forms.FileField(label="Protocol file", required=False)
    reason = forms.CharField(widget=forms.Textarea, required=False)


class GalleryTable(django_tables2.Table):
    """A table as participants' lists are."""

    code = django_tables2.Column()
    site = django_tables2.Column()
    state = django_tables2.TemplateColumn(
        '{% include "components/state.html" with state=value label=value %}'
    )
    severity = django_tables2.Column(attrs={"td": {"class": "numeric"}, "th": {"class": "numeric"}})

    class Meta:
        order_by = "code"


STATES = ["scheduled", "due", "in_progress", "complete", "missed", "cancelled", "enrolled"]
STATES += ["withdrawn", "received", "accepted", "retake_wanted", "queued", "running", "done"]
STATES += ["quarantined", "draft", "in_force", "superseded"]


def _rows() -> list[dict[str, Any]]:
    return [
        {"code": f"SG01-{n:04d}", "site": "SG01", "state": STATES[n % 7], "severity": 7.5 * (n % 9)}
        for n in range(1, 31)
    ]


def staff(request: HttpRequest) -> HttpResponse:
    """The vocabulary in the frame of a study, as someone who may do everything sees it."""
    request.user = User(name="Amina Rahman", email="amina@example.org")
    # How many requests, photos and queries wait is read from a database, which the gallery has not.
    counted = {
        Permission.DATA_REQUEST_VIEW, Permission.PHOTO_REVIEW, Permission.QUERY_VIEW,
        Permission.READ_BLIND,
    }  # fmt: skip
    may = frozenset(Permission) - counted
    request.can = Rights(may)  # type: ignore[attr-defined]
    for level, text in ((messages.SUCCESS, "The visit was moved."), (messages.ERROR, "Not saved.")):
        messages.add_message(request, level, text)
    table = GalleryTable(_rows())
    RequestConfig(request, paginate={"per_page": 8}).configure(table)
    sent = GalleryForm({"code": "sg 01"})
    sent.is_valid()
    context = {
        "study": {"code": "MEL-8", "title": "Melasma over eight weeks, two sites"},
        "section": "participants",
        "table": table,
        "states": STATES,
        "form": GalleryForm(auto_id="fresh_%s"),
        "sent": sent,
        "empty_table": GalleryTable([], empty_text="No participant matches the filter."),
    }
    return render(request, "gallery/staff.html", context)


def mine(request: HttpRequest) -> HttpResponse:
    """The vocabulary in the participant's frame."""
    return render(
        request, "gallery/mine.html", {"study": {"local_title": "Melasma over eight weeks"}}
    )


def entrance(request: HttpRequest) -> HttpResponse:
    """A sign-in page's frame."""
    return render(request, "gallery/entrance.html", {"form": GalleryForm()})


def refused(request: HttpRequest) -> HttpResponse:
    """A refusal raised in a view."""
    raise StateRefused("This visit is complete and cannot become due. Nothing was changed.")


def error(request: HttpRequest, name: str) -> HttpResponse:
    """The pages for what goes wrong."""
    return render(request, name)


urlpatterns = [
    path("gallery/", staff),
    path("gallery/mine/", mine),
    path("gallery/entrance/", entrance),
    path("gallery/refused/", refused),
    path("gallery/error/<path:name>", error),
    path("", include("config.urls")),
]
