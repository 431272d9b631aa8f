"""The tables of the app: one aggregate a module."""

from notifications.models.notification import Notification
from notifications.models.preference import Preference, Topic

__all__ = ["Notification", "Preference", "Topic"]
