"""API tokens: made, replaced and revoked by the person they belong to."""

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from studies.access.models import User
from studies.members.models import ApiToken
from studies.platform.secrets import sha256_of
from studies.record import services as audit


@dataclass(frozen=True)
class Issued:
    """A token and its key; the key is shown after the act and kept nowhere."""

    token: ApiToken
    key: str


def current_token(user: User) -> ApiToken | None:
    """The token ``user`` has in use."""
    return user.api_tokens.filter(revoked_at=None).first()


@transaction.atomic
def issue_token(*, by: User) -> Issued:
    """Give ``by`` a new key to the API; the one in use until now stops working."""
    User.objects.select_for_update().get(pk=by.pk)  # two clicks at once make one token
    replaced = _revoke_current(by)
    key = f"gsh_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=by, sha256=sha256_of(key), hint=key[:8], created_at=timezone.now()
    )
    audit.record(
        by=by,
        action="api_token.rotate" if replaced else "api_token.issue",
        target=token,
        old={"hint": replaced.hint} if replaced else None,
        new={"hint": token.hint},
    )
    return Issued(token, key)


@transaction.atomic
def revoke_token(*, by: User) -> ApiToken | None:
    """Stop the key ``by`` has in use, if there is one."""
    revoked = _revoke_current(by)
    if revoked is not None:
        audit.record(by=by, action="api_token.revoke", target=revoked, old={"hint": revoked.hint})
    return revoked


def _revoke_current(user: User) -> ApiToken | None:
    token = current_token(user)
    if token is not None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
    return token
