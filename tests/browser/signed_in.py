"""Staff signed in without the form, which has tests of its own."""

from collections.abc import Callable

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from studies.access.models import User

PageOf = Callable[..., Page]


def sign_in(page: Page, person: User) -> None:
    """Give the page's browser a session of ``person``; the page is left where it signs in."""
    browser = Client()
    browser.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    page.goto("/accounts/login/")
    page.context.add_cookies(
        [{"name": name, "value": browser.cookies[name].value, "url": page.url}]
    )
