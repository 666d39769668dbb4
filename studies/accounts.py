"""How staff accounts differ from allauth's defaults."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: a study's manager adds people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
