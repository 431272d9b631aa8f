"""Formulas over indicators: a small grammar of their own, read into a tree and computed exactly.

    sum     = product { ("+" | "-") product }
    product = factor { ("*" | "/") factor }
    factor  = "-" factor | number | name | function "(" sum { "," sum } ")" | "(" sum ")"

Functions are min, max, sum, mean and abs. A name is the key of an indicator, bare or in braces.
Keys hold ``-``, ``_`` and ``.`` themselves, so a bare name is the longest one that is known; what
reads as a number is a number. Nothing else is a formula, and nothing is ever executed.
"""

from analysis.formula.naming import guesses, masked, refuse_ambiguous
from analysis.formula.reading import MAX_NAMES, parse
from analysis.formula.tokens import FormulaError
from analysis.formula.tree import Formula, Gap, evaluate, kept

__all__ = [
    "MAX_NAMES",
    "Formula",
    "FormulaError",
    "Gap",
    "evaluate",
    "guesses",
    "kept",
    "masked",
    "parse",
    "refuse_ambiguous",
]
