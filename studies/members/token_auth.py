"""Programs sign in with their person's key: ``Authorization: Bearer gsh_…``."""

from datetime import timedelta

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from studies.access.models import User
from studies.members.models import ApiToken
from studies.platform.secrets import sha256_of

# Often enough to see that a key is in use, seldom enough not to write on every request.
NOTE_USE_EVERY = timedelta(minutes=1)


class BearerAuthentication(BaseAuthentication):
    """Looks a key up by its hash; revoked keys and inactive people are turned away."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != self.keyword.lower():
            return None
        tokens = ApiToken.objects.select_related("user").filter(revoked_at=None)
        token = tokens.filter(sha256=sha256_of(key.strip()), user__is_active=True).first()
        if token is None:
            raise AuthenticationFailed("This API token is unknown or was revoked.")
        if settings.MFA_REQUIRED and not is_mfa_enabled(token.user):
            raise AuthenticationFailed("The owner of this API token has no second factor.")
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTE_USE_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the key is described in the OpenAPI file."""

    target_class = "studies.members.token_auth.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
