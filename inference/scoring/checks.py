"""Django's system checks of how networks are run."""

from typing import Any, get_args

from django.conf import settings
from django.core.checks import Error, register

from inference.pipeline.providers import (
    Precision,
    ProviderUnavailable,
    available_providers,
    choose_providers,
)


@register()
def inference_settings(**options: Any) -> list[Error]:
    """INFERENCE_PRECISION, INFERENCE_PROVIDERS and INFERENCE_THREADS can be acted on."""
    del options
    errors = []
    known = get_args(Precision)
    if settings.INFERENCE_PRECISION not in known:
        words = f"INFERENCE_PRECISION is {settings.INFERENCE_PRECISION!r}, not {', '.join(known)}."
        errors.append(Error(words, id="inference.E001"))
    try:
        choose_providers(settings.INFERENCE_PROVIDERS, available_providers())
    except ProviderUnavailable as error:
        errors.append(Error(f"INFERENCE_PROVIDERS: {error}", id="inference.E002"))
    if settings.INFERENCE_THREADS < 0:
        words = "INFERENCE_THREADS is negative; 0 shares the cores among the worker's processes."
        errors.append(Error(words, id="inference.E003"))
    return errors
