"""The tables of the app: one aggregate a module."""

from teams.models.audit import Actor, AuditEntry
from teams.models.organisation import Organisation
from teams.models.team import Membership, Team
from teams.models.token import AccessToken
from teams.models.user import User

__all__ = ["AccessToken", "Actor", "AuditEntry", "Membership", "Organisation", "Team", "User"]
