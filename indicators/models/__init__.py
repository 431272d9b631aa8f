"""The tables of the app: one aggregate a module."""

from indicators.models.annotation import Annotation, Comment
from indicators.models.definition import DefinitionVersion
from indicators.models.indicator import Indicator
from indicators.models.objective import Objective, Perspective
from indicators.models.sharing import Sharing
from indicators.models.stale_mark import StaleMark
from indicators.models.target import Milestone, Target

__all__ = [
    "Annotation",
    "Comment",
    "DefinitionVersion",
    "Indicator",
    "Milestone",
    "Objective",
    "Perspective",
    "Sharing",
    "StaleMark",
    "Target",
]
