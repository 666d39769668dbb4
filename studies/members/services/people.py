"""People who sign in: created by others, and let in by a mail with which they set a password."""

from datetime import timedelta

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from studies.access.models import User
from studies.platform.actors import SYSTEM, Actor
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing
from studies.protocol.models import Study
from studies.protocol.services.changes import validate
from studies.record import services as audit


@transaction.atomic
def create_person(*, email: str, name: str, by: Actor, administrator: bool = False) -> User:
    """A new account without a password; ``send_set_password`` lets the person in.

    Callers have checked that ``by`` may add people; administrators are made by administrators and
    on the server only.

    Raises:
        Invalid: the address is taken or is none, or the name is empty.
        NotAllowed: ``administrator`` is asked for by someone who is none.
    """
    if administrator and not (by is SYSTEM or (isinstance(by, User) and by.is_superuser)):
        raise NotAllowed("Only an administrator makes another one.")
    person = User(email=email.strip().lower(), name=name.strip(), is_superuser=administrator)
    person.set_unusable_password()
    if not person.name:
        message = "Nobody with this address is known yet: enter their name, too."
        raise Invalid(message, detail={"fields": {"name": [message]}})
    validate(person)
    person.save(force_insert=True)
    new: dict[str, object] = {"person": person.actor_label}
    if administrator:
        new["administrator"] = True
    audit.record(by=by, action="person.create", target=person, new=new)
    return person


def set_password_url(person: User) -> str:
    """The address at which ``person`` sets a password, once, within PASSWORD_RESET_TIMEOUT."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(person), "key": token},
    )
    return f"{settings.SITE_URL.rstrip('/')}{path}"


@transaction.atomic
def give_new_link(*, email: str, by: Actor) -> User:
    """Record that the administrator with this address is given a new link, and return them.

    Links of before work no more only once a password is set by one. The second factor stays.

    Raises:
        NotAllowed: asked for by anyone but a command on the server.
        Invalid: nobody has this address, they are no administrator, or the account is closed.
    """
    if by is not SYSTEM:
        raise NotAllowed("New links are given on the server only; others use “forgotten password”.")
    person: User | None = User.objects.filter(email__iexact=email.strip()).first()
    if person is None:
        raise Invalid(f"Nobody has the address {email.strip()}.")
    if not person.is_superuser:
        raise Invalid(
            f"{person.name} is no administrator: “forgotten password” on the page for signing in "
            "sends them a link."
        )
    if not person.is_active:
        raise Invalid(f"{person.name}’s account was closed.")
    facts = {"person": person.actor_label, "had_password": person.has_usable_password()}
    audit.record(by=by, action="person.new_link", target=person, new=facts)
    return person


def send_welcome(*, person: User, study: Study, by: Actor) -> None:
    """After commit, tell ``person`` of their role; those without a password get a link to set one.

    A mail that cannot be sent is logged and loses nothing: it can be sent again from the people
    page, and “forgotten password” leads to the same place.
    """
    new_here = not person.has_usable_password()
    days = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT).days
    context = {
        "person": person,
        "study": study,
        "by": by,
        "new_here": new_here,
        "days": days,
        "url": set_password_url(person) if new_here else settings.SITE_URL,
    }
    body = render_to_string("studies/members/email/welcome.txt", context)
    subject = f"Your role in study {study.code}"

    def send() -> None:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [person.email])

    transaction.on_commit(send, robust=True)


@transaction.atomic
def remove_second_factor(*, person: User, checked_by: str, reason: str, by: Actor) -> int:
    """Remove everything ``person`` signs in with besides the password; returns how many.

    For the server only: ``checked_by`` is the one who made sure that it is really them.

    Raises:
        NotAllowed: asked for by anyone but a command on the server.
        ReasonMissing: no reason, or nobody who checked, is named.
        Invalid: there is none to remove.
    """
    if by is not SYSTEM:
        raise NotAllowed("Second factors are removed on the server only.")
    if not (reason.strip() and checked_by.strip()):
        raise ReasonMissing("Say why, and who made sure that it is really this person.")
    factors = Authenticator.objects.filter(user=person)
    kinds = sorted(factors.values_list("type", flat=True))
    if not kinds:
        raise Invalid(f"{person.name} has no second factor.")
    factors.delete()
    audit.record(
        by=by,
        action="person.remove_second_factor",
        target=person,
        old={"person": person.actor_label, "factors": kinds},
        new={"checked_by": checked_by.strip()},
        reason=reason,
    )
    body = render_to_string("studies/members/email/second_factor_removed.txt", {"person": person})

    def send() -> None:
        subject = "Your second factor was removed"
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [person.email])

    transaction.on_commit(send, robust=True)
    return len(kinds)
