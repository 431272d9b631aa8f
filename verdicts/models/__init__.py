"""The tables of the app."""

from verdicts.models.verdict import Analysis, Rebase, Verdict, VerdictChange

__all__ = ["Analysis", "Rebase", "Verdict", "VerdictChange"]
