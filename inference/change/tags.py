"""Shares, p values and verdicts as the pages of change write them."""

from django import template
from django.utils.translation import gettext as _

from inference.change.figures.peers import Standing
from inference.change.figures.responders import VERDICTS, Share, Verdict

register = template.Library()

MARKS: dict[str, str] = {"improved": "▼", "worsened": "▲"}


@register.filter
def share_percent(share: Share) -> str:
    """``30% (18 to 45)``; nothing of nothing."""
    if share.value is None or share.low is None or share.high is None:
        return ""
    value, low, high = (round(100 * part) for part in (share.value, share.low, share.high))
    return _("%(share)s%% (%(low)s to %(high)s)") % {"share": value, "low": low, "high": high}


@register.filter
def points_apart(apart: tuple[float, float, float]) -> str:
    """A difference of shares in percentage points: ``+12 (−3 to +27)``."""
    value, low, high = (_whole(100 * part) for part in apart)
    return f"{value} ({low} to {high})"


def _whole(value: float) -> str:
    words = f"{abs(value):.0f}"
    return words if words == "0" else f"{'+' if value > 0 else '−'}{words}"


@register.filter
def p_words(p: float | None) -> str:
    """``0.034``; ``< 0.001``; a dash where nothing was tested."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


@register.filter
def verdict_mark(verdict: str) -> str:
    """A sign beside a change that is more than noise."""
    return MARKS.get(verdict, "")


@register.filter
def verdict_words(verdict: Verdict) -> str:
    """A verdict in words."""
    return VERDICTS[verdict]


@register.filter
def standing_words(standing: Standing | None) -> str:
    """``62 (44 to 77)``, of a hundred peers; a dash without enough of them."""
    if standing is None:
        return "–"
    return f"{standing.percentile:.0f} ({standing.low:.0f} to {standing.high:.0f})"


@register.filter
def at(numbers: dict[str, object], key: str) -> object:
    """What ``numbers`` holds under ``key``; nothing where it has none."""
    return numbers.get(key)
