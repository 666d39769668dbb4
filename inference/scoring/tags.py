"""Words and numbers as the pages of ``inference`` write them."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from inference.pipeline.providers import runtime_words
from inference.scoring.quality import doubt
from studies.platform.work import WorkState
from studies.protocol.models import Condition

register = template.Library()

REGIONS = {
    "face": _("Whole face"),
    "forehead": _("Forehead"),
    "glabella": _("Between the brows"),
    "nose": _("Nose"),
    "cheek_right": _("Right cheek"),
    "cheek_left": _("Left cheek"),
    "periorbital_right": _("Around the right eye"),
    "periorbital_left": _("Around the left eye"),
    "nasolabial_right": _("Right nasolabial fold"),
    "nasolabial_left": _("Left nasolabial fold"),
    "infraorbital_right": _("Below the right eye"),
    "infraorbital_left": _("Below the left eye"),
    "perioral": _("Around the mouth"),
    "chin": _("Chin"),
}
WORK_STATES: dict[str, Any] = {
    WorkState.QUEUED: _("waiting"),
    WorkState.RUNNING: _("under way"),
    WorkState.DONE: _("done"),
    WorkState.QUARANTINED: _("needs attention"),
}


@register.filter
def region_name(code: str) -> str:
    """A region's name; left and right are the participant's own."""
    return str(REGIONS.get(code, code.replace("_", " ").capitalize()))


@register.filter
def doubt_words(code: str) -> str:
    """A doubt about a photo, told as the participant was told."""
    return doubt(code)


@register.filter
def work_state(state: str) -> str:
    """How a check or a scoring stands, as people say it."""
    return str(WORK_STATES[WorkState(state)])


@register.simple_tag
def condition_names() -> dict[str, str]:
    """Every condition's code and its name, as the pages of a study write it."""
    return dict(Condition.objects.values_list("code", "name"))


@register.filter
def named(code: str, names: dict[str, str]) -> str:
    """A condition's name among ``names``; a package may know one that no study does."""
    return names.get(code) or code.replace("_", " ").capitalize()


@register.filter
def figure(value: Any) -> str:
    """A measured figure with its interval, ``0.71 (0.66 to 0.75)``, or a plain number."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.2f}"
    if not isinstance(value, dict) or value.get("value") is None:
        return "–"
    words = f"{value['value']:.2f}"
    if value.get("low") is not None and value.get("high") is not None:
        words += f" ({value['low']:.2f} to {value['high']:.2f})"
    return words


@register.filter
def interval_words(bounds: Any) -> str:
    """An interval in whole points, ``(35 to 50)``; empty without one."""
    if not bounds:
        return ""
    low, high = bounds
    return _("(%(low)s to %(high)s)") % {"low": f"{low:.0f}", "high": f"{high:.0f}"}


@register.filter
def grade_kind(score: Any) -> str:
    """The colour of a grade's badge, by the grade's place among the card's, from none to worst.

    The card's list tells the place: PostgreSQL does not keep the order of the stored probabilities.
    """
    grades = score.run.package.grades_of(score.condition_id) if score is not None else []
    if len(grades) < 2 or score.grade not in grades:
        return "muted"
    return place_kind(grades.index(score.grade) / (len(grades) - 1))


@register.filter
def place_kind(share: float) -> str:
    """The colour of a grade's badge by its place on the scale, 0 none to 1 the worst."""
    return "good" if share == 0 else "bad" if share == 1 else "info" if share < 0.5 else "warn"


@register.filter
def signed(value: float) -> str:
    """A difference in points with its sign: ``+3.2``, ``−0.4``, ``0.0``."""
    words = f"{abs(value):.1f}"
    if words == "0.0":
        return words
    return f"{'+' if value > 0 else '−'}{words}"


@register.filter
def points(value: Any) -> str:
    """A difference with its interval: ``+3.2 (+1.0 to +5.1)``."""
    words = signed(value["value"])
    if value.get("low") is not None and value.get("high") is not None:
        words += f" ({signed(value['low'])} to {signed(value['high'])})"
    return words


@register.filter
def unlocalized(value: float) -> str:
    """A coordinate of a drawing, with a full stop in every language."""
    return f"{value:g}"


@register.filter
def runtime_line(runtime: Any) -> str:
    """What ran the network, in one line."""
    return runtime_words(runtime)
