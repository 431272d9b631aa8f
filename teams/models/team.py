"""Teams in a tree and the memberships that give people roles in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Concat, Substr

from teams.access import ALLOWED, Action, Reach, Role
from teams.models import memory
from teams.models.organisation import Organisation

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from teams.models.user import User


class TeamQuerySet(models.QuerySet["Team"]):
    """The vocabulary of reading teams."""

    def visible_to(self, user: User | AnonymousUser) -> TeamQuerySet:
        """Teams that this person may see."""
        return self.where_may(user, Action.SEE)

    def editable_by(self, user: User | AnonymousUser) -> TeamQuerySet:
        """Teams that this person may change: members, name, place in the tree."""
        return self.where_may(user, Action.MANAGE)

    def where_may(self, user: User | AnonymousUser, action: Action) -> TeamQuerySet:
        """Teams in which this person may do `action`."""
        reach: Reach | None = getattr(user, "reach", None)
        if reach is None:
            return self.none()
        if reach.is_unbounded_for(action):
            return self
        return self.filter(pk__in=reach.teams_for(action))

    def current(self) -> TeamQuerySet:
        """Teams that are not archived."""
        return self.filter(archived_at=None)

    def below(self, team: Team) -> TeamQuerySet:
        """The team itself and everything under it."""
        return self.filter(path__startswith=team.path)


class Team(models.Model):
    """A node of the organisation: company, department or team."""

    class Visibility(models.TextChoices):
        """Who besides the members sees what the team owns."""

        ORGANISATION = "organisation", "Everyone in the organisation"
        MEMBERS = "members", "Members only"

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(
        max_length=255,
        editable=False,
        default="",
        help_text="Ids from the root to this team, as /1/4/9/.",
    )
    purpose = models.CharField(max_length=300, blank=True)
    lead = models.ForeignKey(
        "teams.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    visibility = models.CharField(
        max_length=12, choices=Visibility, default=Visibility.ORGANISATION
    )
    notice = models.CharField(
        max_length=400,
        blank=True,
        help_text="Shown on the team's pages, such as where data is from.",
    )
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Only read since then."
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        indexes = [
            models.Index(fields=["path"], name="team_path", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        """0 for a root."""
        return self.path.strip("/").count("/")

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the root to the parent."""
        return [int(part) for part in self.path.strip("/").split("/")[:-1]]

    @property
    def in_charge(self) -> list[User]:
        """Who stands in for an owner who left: the lead, else the nearest managers."""
        if self.lead and self.lead.is_active:
            return [self.lead]
        held = Membership.objects.filter(role=Role.MANAGER, user__is_active=True)
        for team_id in reversed([*self.ancestor_ids, self.pk]):
            if managers := held.filter(team=team_id).select_related("user"):
                return [membership.user for membership in managers]
        return []

    def people_who_may(self, action: Action) -> models.QuerySet[User]:
        """The active people who may do `action` here: `where_may`, asked for everybody at once."""
        from teams.models.user import User

        roles = [role for role, allowed in ALLOWED.items() if action in allowed]
        here = [*self.ancestor_ids, self.pk]
        may = models.Q(is_administrator=True) | models.Q(
            memberships__team__in=here, memberships__role__in=roles
        )
        if action is Action.SEE and self.visibility == self.Visibility.ORGANISATION:
            may |= models.Q(memberships__isnull=False)
        return User.objects.filter(may, is_active=True).distinct()

    def clean(self) -> None:
        """Refuse a parent that would close a circle."""
        if self.pk and self.parent and f"/{self.pk}/" in self.parent.path:
            raise ValidationError(
                {"parent": "A team cannot be placed under itself or under one of its own teams."},
                code="circle",
            )

    def hold(self) -> None:
        """Lock the row until the transaction ends: for rules about all that the team has."""
        type(self).objects.select_for_update(no_key=True).get(pk=self.pk)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save and keep the paths of this team and of everything under it.

        One team at a time is placed in the tree. A parent that was moved since it was read would
        give a path, and with it roles, of where it stood before.
        """
        Organisation.hold()
        if self.parent:
            self.parent.refresh_from_db(fields=["path"])
        if not self._state.adding:
            self.path = type(self).objects.values_list("path", flat=True).get(pk=self.pk)
        self.clean()
        super().save(*args, **kwargs)
        memory.forget()
        path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        if path == self.path:
            return
        old, self.path = self.path, path
        type(self).objects.filter(pk=self.pk).update(path=path)
        if old:
            tail = Substr("path", len(old) + 1)
            below = type(self).objects.filter(path__startswith=old).exclude(pk=self.pk)
            below.update(path=Concat(models.Value(path), tail))

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete; tokens limited to the team end with the next request."""
        memory.forget()
        return super().delete(*args, **kwargs)


def teams_with_roles(*, user_id: int) -> models.QuerySet[Team, tuple[Any, ...]]:
    """Every team's id, path, visibility, when it was archived, and somebody's own role in it."""
    own = models.FilteredRelation("memberships", condition=models.Q(memberships__user=user_id))
    rows = Team.objects.annotate(own=own).order_by()
    return rows.values_list("id", "path", "visibility", "archived_at", "own__role")


class Membership(models.Model):
    """A person's role in a team and in all teams below it."""

    class RoleChoice(models.TextChoices):
        """The roles of `teams.access` with their words."""

        VIEWER = Role.VIEWER.value, "Viewer"
        CONTRIBUTOR = Role.CONTRIBUTOR.value, "Contributor"
        MANAGER = Role.MANAGER.value, "Manager"

    user = models.ForeignKey("teams.User", on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=RoleChoice, default=RoleChoice.VIEWER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="membership_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.team}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; it holds from the next request on."""
        super().save(*args, **kwargs)
        memory.forget()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete; it ends with the next request."""
        memory.forget()
        return super().delete(*args, **kwargs)
