"""Signing in and out, and changes to how one signs in, are acts: they go into the record."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver

from studies.access.models import User
from studies.platform.actors import SYSTEM
from studies.record import services as audit


@receiver(account.user_logged_in)
def signed_in(user: User, **extra: Any) -> None:
    """The person went through every step, the second factor included."""
    audit.record(by=user, action="account.sign_in", target=user)


@receiver(user_logged_out)
def signed_out(user: User | None, **extra: Any) -> None:
    """By the button, or because the session was over."""
    if isinstance(user, User):
        audit.record(by=user, action="account.sign_out", target=user)


@receiver(user_login_failed)
def refused(credentials: dict[str, Any], **extra: Any) -> None:
    """A wrong password for someone known here.

    What was typed as the address is not kept otherwise: people mistake the field for the other.
    """
    person = User.objects.filter(email__iexact=str(credentials.get("email", ""))).first()
    if person is not None:
        audit.record(by=SYSTEM, action="account.wrong_password", target=person)


@receiver([account.password_changed, account.password_reset, account.password_set])
def password_changed(user: User, **extra: Any) -> None:
    """Never what it was or is."""
    audit.record(by=user, action="account.change_password", target=user)


@receiver([mfa.authenticator_added, mfa.authenticator_reset, mfa.authenticator_removed])
def second_factor_changed(user: User, authenticator: Authenticator, **extra: Any) -> None:
    """An app, a key or recovery codes, by kind."""
    verbs = {
        id(mfa.authenticator_added): "add",
        id(mfa.authenticator_reset): "renew",
        id(mfa.authenticator_removed): "remove",
    }
    verb = verbs[id(extra["signal"])]
    new = {"kind": str(authenticator.type)}
    audit.record(by=user, action=f"account.{verb}_second_factor", target=user, new=new)


@receiver(mfa.authentication_failed)
def wrong_code(user: User, **extra: Any) -> None:
    """A wrong code after a right password: worth knowing."""
    audit.record(by=SYSTEM, action="account.wrong_code", target=user)
