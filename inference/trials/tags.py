"""``{% trial_form as form %}``: the form that tries a package on a photo."""

from typing import Any

from django import template

from inference.trials.forms import TryForm
from inference.trials.services import trials

register = template.Library()


@register.simple_tag(takes_context=True)
def trial_form(context: dict[str, Any]) -> TryForm:
    """The form to be mended where there is one (``try_form``), else an empty one."""
    given = context.get("try_form")
    return given or TryForm(photos=trials.photos_to_try(context["request"].user))
