"""The tables of the app: one aggregate a module."""

from reviews.models.action import Action
from reviews.models.decision import Decision
from reviews.models.plan import ReviewPlan
from reviews.models.review import Review, ReviewClosed, ReviewItem

__all__ = ["Action", "Decision", "Review", "ReviewClosed", "ReviewItem", "ReviewPlan"]
