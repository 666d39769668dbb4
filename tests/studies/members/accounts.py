"""A staff account as its tests use it: signing in, and an app for the second factor."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from tests.studies.access.factories import PASSWORD

LOGIN = "/accounts/login/"


def sign_in(client: Client, email: str = "dewi@example.org", password: str = PASSWORD) -> int:
    return client.post(LOGIN, {"login": email, "password": password}).status_code


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def code_now(secret: str) -> str:
    counter = int(time.time()) // 30
    return str(format_hotp_value(hotp_value(secret, counter)))


def set_up_app(browser: Client, password: str = PASSWORD) -> str:
    """Set up an authenticator app as a person does; return its secret."""
    asked = browser.get("/accounts/2fa/totp/activate/", follow=True)
    browser.post(asked.redirect_chain[-1][0], {"password": password})
    page = browser.get("/accounts/2fa/totp/activate/")
    secret = str(page.context["form"].secret)
    browser.post("/accounts/2fa/totp/activate/", {"code": code_now(secret)})
    return secret
