"""The tables of the app: one aggregate a module."""

from notifications.models.notification import Notification

__all__ = ["Notification"]
