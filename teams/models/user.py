"""A person: signs in with an e-mail address and reaches as far as the memberships go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone as clock

from teams.access import NOWHERE, Reach, Role, stronger
from teams.models import memory
from teams.models.organisation import known_time_zone


def plain_address(email: str) -> None:
    """Refuse letters beyond ASCII: addresses that look alike would be different people."""
    if not email.isascii():
        words = "Write the address without accents; a domain with other letters begins with xn--."
        raise ValidationError(words, code="ascii")


class UserManager(BaseUserManager["User"]):
    """Makes people; the address is the identity and is compared without case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a person; without a password they cannot sign in until they set one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an administrator."""
        return self.create_user(email, password, is_administrator=True, **fields)

    def administrators(self) -> models.QuerySet[User]:
        """Select those who can administer the installation now."""
        return self.filter(is_active=True, is_administrator=True)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person of the organisation."""

    email = models.EmailField(max_length=254, unique=True, validators=[plain_address])
    name = models.CharField(max_length=120, blank=True)
    timezone = models.CharField(max_length=64, blank=True, validators=[known_time_zone])
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(
        default=False, help_text="May do everything in every team, and sees the admin."
    )
    keyboard_shortcuts = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["name", "email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_without_case")]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reach: Reach | None = None

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; whether the person is active or administers holds from the next request on."""
        super().save(*args, **kwargs)
        memory.forget()

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets this person in."""
        return self.is_administrator

    @property
    def as_owner(self) -> str:
        """The name beside what the person owns; says when they left."""
        return str(self) if self.is_active else f"{self} (left)"

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = (self.name or self.email.split("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper()

    @property
    def reach(self) -> Reach:
        """Where this person may do what; read once and kept for the life of this object."""
        if self._reach is None:
            self._reach = self._read_reach()
        return self._reach

    def limit_to(self, team_ids: list[int]) -> None:
        """Narrow this object's reach to some teams, as a limited token does."""
        self._reach = self.reach.limited_to(team_ids)

    def forget_reach(self) -> None:
        """Read the memberships again when the reach is asked next."""
        self._reach = None

    def _read_reach(self) -> Reach:
        from teams.models.team import Team, teams_with_roles

        opened = Team.Visibility.ORGANISATION
        if not self.is_active or self.pk is None:
            return NOWHERE
        teams = list(teams_with_roles(user_id=self.pk))
        held = {team_id: role for team_id, *_, role in teams if role}
        roles: dict[int, Role] = {}
        for team_id, path, *_ in teams if held else ():
            for ancestor in map(int, path.strip("/").split("/")):
                if ancestor in held:
                    roles[team_id] = stronger(roles.get(team_id), Role(held[ancestor]))
        return Reach(
            user_id=self.pk,
            is_administrator=self.is_administrator,
            is_member=bool(held),
            roles=roles,
            open_team_ids=frozenset(row[0] for row in teams if row[2] == opened),
            all_team_ids=frozenset(row[0] for row in teams),
            archived_team_ids=frozenset(row[0] for row in teams if row[3]),
        )

    # what Django's admin asks: administrators may do everything there, others nothing

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether the admin lets this person do something."""
        return self.is_active and self.is_administrator

    def has_perms(self, perms: Iterable[str], obj: object = None) -> bool:
        """Whether the admin lets this person do several things."""
        return self.has_perm("")

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the admin shows an app."""
        return self.has_perm("")
