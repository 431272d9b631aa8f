"""The tables of the app: one aggregate a module."""

from indicators.models.annotation import Annotation, Comment
from indicators.models.definition import DefinitionVersion, Rebase
from indicators.models.entry_link import EntryLink
from indicators.models.indicator import Indicator
from indicators.models.measurement import Batch, IdempotencyKey, Measurement, Superseded
from indicators.models.objective import Objective, Perspective
from indicators.models.sharing import Sharing
from indicators.models.target import Milestone, Target
from indicators.models.upload import Upload
from indicators.models.verdict import Analysis, Verdict, VerdictChange

__all__ = [
    "Analysis",
    "Annotation",
    "Batch",
    "Comment",
    "DefinitionVersion",
    "EntryLink",
    "IdempotencyKey",
    "Indicator",
    "Measurement",
    "Milestone",
    "Objective",
    "Perspective",
    "Rebase",
    "Sharing",
    "Superseded",
    "Target",
    "Upload",
    "Verdict",
    "VerdictChange",
]
