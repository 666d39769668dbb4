"""People who sign in, and the roles they hold."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from studies.access.permissions import (
    LEFT_TO_READERS,
    ROLE_PERMISSIONS,
    TITLES,
    Permission,
    Role,
    roles_with,
)


class UserQuerySet(QuerySet["User"]):
    """People, as seen by one of them."""

    def visible_to(self, user: "User") -> "UserQuerySet":
        """Oneself and everyone in the studies one belongs to."""
        studies = Membership.objects.filter(user=user, ended_at=None).values("study")
        return self.filter(Q(pk=user.pk) | Q(memberships__study__in=studies)).distinct()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Creates people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who signs in with ``email``; without a password they must set one by mail."""
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A platform administrator: creates studies, people and packages, sees no participants."""
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff. Participants never have an account; they have a personal link."""

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    query_digests = models.BooleanField(
        default=True, help_text="Whether they want mails that queries wait for them."
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def actor_kind(self) -> str:
        return "staff"

    @property
    def actor_id(self) -> str:
        return str(self.pk)

    @property
    def actor_label(self) -> str:
        return f"{self.name} <{self.email}>"


class MembershipQuerySet(QuerySet["Membership"]):
    """Who holds which role where."""

    def current(self) -> "MembershipQuerySet":
        return self.filter(ended_at=None)

    def awake(self) -> "MembershipQuerySet":
        """The current ones that do not rest because their person reads the study's photos blind.

        Whom something of the study's data is told, by mail too.
        """
        here = Blinding.objects.standing().filter(user=OuterRef("user"), study=OuterRef("study"))
        return self.current().exclude(Exists(here))

    def visible_to(self, user: User) -> "MembershipQuerySet":
        """The memberships of the studies one belongs to."""
        return self.filter(study__in=Membership.objects.current().filter(user=user).values("study"))

    def granting(self, user: User, permission: Permission) -> "MembershipQuerySet":
        """The current memberships that give ``user`` this ``permission``."""
        if not user.is_active:
            return self.none()
        held = self.current().filter(user=user, role__in=roles_with(permission))
        if permission in LEFT_TO_READERS:
            return held
        return held.exclude(study__in=Blinding.objects.standing().filter(user=user).values("study"))

    def permissions(self, user: User, study: Any) -> frozenset[Permission]:
        """What those of these memberships that ``user`` holds in ``study`` give them today."""
        if not user.is_active:
            return frozenset()
        roles = self.current().filter(user=user, study=study).values_list("role", flat=True)
        rights = frozenset[Permission]().union(
            *(ROLE_PERMISSIONS[Role(role)] for role in roles.distinct())
        )
        return rights & LEFT_TO_READERS if is_blinded(user, study) else rights


class Membership(models.Model):
    """A role in a study, at one site or (``site`` empty) at all of them."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey(
        "studies.Site", on_delete=models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    role = models.CharField(
        max_length=20, choices=[(r.value, TITLES[r].capitalize()) for r in Role]
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["study", "user__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "study", "site", "role"],
                condition=Q(ended_at=None),
                name="membership_once_per_site",
            ),
            models.UniqueConstraint(
                fields=["user", "study", "role"],
                condition=Q(ended_at=None, site=None),
                name="membership_once_at_all_sites",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[r.value for r in Role]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} at {self.site.code if self.site else 'all sites'}"


class BlindingQuerySet(QuerySet["Blinding"]):
    """Whose roles rest."""

    def standing(self) -> "BlindingQuerySet":
        return self.filter(ended_at=None)


class Blinding(models.Model):
    """While it stands, the roles of ``user`` in ``study`` give them nothing but to read blind.

    The roles stay as they are, so that nobody has to remember to give them back. ``source`` says
    what asked for it; each source ends its own.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="blindings")
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="blindings")
    source = models.CharField(max_length=60)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BlindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "study", "source"],
                condition=Q(ended_at=None),
                name="blinding_once_per_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} is blind in {self.study_id}"


def resting(user: User) -> set[int]:
    """The studies, by key, in which roles of ``user`` rest that give more than to read blind."""
    held = Membership.objects.current().filter(user=user)
    more = [role.value for role, given in ROLE_PERMISSIONS.items() if given - LEFT_TO_READERS]
    studies = Blinding.objects.standing().filter(user=user).values("study")
    return set(held.filter(role__in=more, study__in=studies).values_list("study", flat=True))


def is_blinded(user: User, study: Any) -> bool:
    """Whether ``user`` reads photos of ``study`` blind at present."""
    return Blinding.objects.standing().filter(user=user, study=study).exists()


def scope(user: User, permission: Permission, *, study: str, site: str) -> Q:
    """The filter of what ``user`` may see with ``permission``.

    ``study`` and ``site`` are the lookup paths from the filtered model, for example
    ``visit__participant__study``.
    """
    held = Membership.objects.granting(user, permission)
    return Q(**{f"{study}__in": held.filter(site=None).values("study")}) | Q(
        **{f"{site}__in": held.exclude(site=None).values("site")}
    )
