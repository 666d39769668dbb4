"""Every address of the product, and the toolbar's."""

from typing import Any

from debug_toolbar.toolbar import debug_toolbar_urls
from django.core.signals import request_started
from django.dispatch import receiver

from config import urls
from config.urls import handler403, handler404, handler500
from participants.my import assets as phone_assets

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*debug_toolbar_urls(), *urls.urlpatterns]


@receiver(request_started)
def read_assets_again(**kwargs: Any) -> None:
    """A script that was changed makes a new version of the service worker, without a restart."""
    for kept in (phone_assets.shell_names, phone_assets.shell_addresses, phone_assets.version):
        kept.cache_clear()
