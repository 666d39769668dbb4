"""How staff accounts differ from allauth's defaults."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from studies.access.models import User
from studies.members.services.first_page import first_page
from studies.platform import sealing


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: a study's manager adds people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first page; whoever asked for one before signing in is led there instead."""
        if isinstance(request.user, User):
            return first_page(request.user)
        return str(super().get_login_redirect_url(request))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell people by mail when their password or second factor changes."""
        super().send_notification_mail(template_prefix, user, context, email or user.email)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Authenticator secrets are sealed with the first of ``IDENTITY_KEYS``, opened with any."""

    def encrypt(self, text: str) -> str:
        return sealing.keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.keys().decrypt(encrypted_text.encode()).decode()
