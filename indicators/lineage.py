"""What derived indicators are made of: who feeds whom, in which order, and who may see it."""

from __future__ import annotations

import graphlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Q

from analysis import formula
from indicators.models import Indicator
from teams.models import User

HIDDEN = "…"


def feeding() -> dict[str, list[str]]:
    """The inputs of every derived indicator, by key."""
    rows = Indicator.objects.exclude(inputs=[])
    return dict(rows.values_list("key", "inputs"))


def computed_keys() -> dict[str, tuple[int, list[str]]]:
    """Id and inputs of every indicator whose values are computed now, by key; one query."""
    rows = Indicator.objects.active().derived().values_list("pk", "key", "inputs")
    return {key: (pk, inputs) for pk, key, inputs in rows}


def circle_through(key: str, inputs: Iterable[str], others: Mapping[str, list[str]]) -> list[str]:
    """Return the path from `key` through its inputs back to it, or nothing.

    >>> circle_through("a", ["b"], {"b": ["c"], "c": ["a"]})
    ['a', 'b', 'c', 'a']
    >>> circle_through("a", ["b"], {"b": ["c"]})
    []
    """
    waiting, walked = [[key, one] for one in inputs], set[str]()
    while waiting:
        path = waiting.pop()
        here = path[-1]
        if here == key:
            return path
        if here not in walked:
            walked.add(here)
            waiting.extend([*path, below] for below in others.get(here, []))
    return []


def reach_from(starts: Iterable[str], leads_to: Mapping[str, Collection[str]]) -> set[str]:
    """Return all to which the starts lead, directly or through others."""
    found, waiting = set[str](), [*starts]
    while waiting:
        new = set(leads_to.get(waiting.pop(), ())) - found
        found |= new
        waiting.extend(new)
    return found


def downstream(keys: Collection[str], made_of: Mapping[str, Collection[str]]) -> set[str]:
    """Return the derived ones among `keys`, and all that is made of `keys`, directly or not.

    >>> sorted(downstream({"a"}, {"b": ["a"], "c": ["b", "x"], "d": ["x"]}))
    ['b', 'c']
    """
    feeds: dict[str, list[str]] = defaultdict(list)
    for key, inputs in made_of.items():
        for one in inputs:
            feeds[one].append(key)
    return (made_of.keys() & set(keys)) | reach_from(keys, feeds)


def upstream(key: str, made_of: Mapping[str, Collection[str]]) -> set[str]:
    """Return all that a key is made of, directly or through others.

    >>> sorted(upstream("c", {"b": ["a"], "c": ["b", "x"], "d": ["y"]}))
    ['a', 'b', 'x']
    """
    return reach_from([key], made_of)


def awaiting(indicators: Iterable[Indicator]) -> frozenset[str]:
    """The keys of those of the derived ones that are computed anew soon: an input has changed.

    They are stale only when the worker comes to them. Two queries, or none.
    """
    derived = [one.key for one in indicators if one.is_derived]
    if not derived:
        return frozenset()
    made_of = {key: inputs for key, (_, inputs) in computed_keys().items()}
    sources = {key: upstream(key, made_of) for key in derived}
    changed = Indicator.objects.filter(
        key__in=set().union(*sources.values()), stale_mark__since__isnull=False
    )
    stale = set(changed.values_list("key", flat=True))
    return frozenset(key for key, inputs in sources.items() if inputs & stale)


def resting_basis(indicator_ids: Collection[int]) -> set[int]:
    """Return these and all from which they are computed, or that guard them, directly or not."""
    resting = Indicator.objects.filter(~Q(inputs=[]) | Q(guard__isnull=False))
    rests_on = {
        key: [*inputs, guard] if guard else inputs
        for key, inputs, guard in resting.values_list("key", "inputs", "guard__key")
    }
    named = Indicator.objects.filter(pk__in=indicator_ids).values_list("key", flat=True)
    keys = {below for key in named for below in upstream(key, rests_on)}
    return {*indicator_ids, *Indicator.objects.filter(key__in=keys).values_list("pk", flat=True)}


def inputs_first(keys: Collection[str], made_of: Mapping[str, Collection[str]]) -> list[str]:
    """Order the keys so that each follows its inputs; those in a circle are left out.

    >>> inputs_first({"c", "b"}, {"b": ["a"], "c": ["b", "x"]})
    ['b', 'c']
    """
    left = set(keys)
    while True:
        graph = {key: sorted(left.intersection(made_of[key])) for key in sorted(left)}
        try:
            return list(graphlib.TopologicalSorter(graph).static_order())
        except graphlib.CycleError as problem:  # two definitions made at once, before they waited
            left -= set(problem.args[1])


def seen_inputs(indicators: Iterable[Indicator], user: User) -> frozenset[str]:
    """The keys among the inputs of these that this person may see; one query, or none."""
    return seen_keys((key for one in indicators for key in one.inputs), user)


def seen_keys(keys: Iterable[str], user: User) -> frozenset[str]:
    """Return those of the keys that this person may see; one query, or none."""
    named = set(keys)
    if not named:
        return frozenset()
    seen = Indicator.objects.visible_to(user).filter(key__in=named)
    return frozenset(seen.values_list("key", flat=True))


def shown_definition(fields: Mapping[str, Any], seen: Collection[str]) -> dict[str, Any]:
    """Defining fields without the names of inputs that are not in `seen`.

    In the text of a formula these stand as “{…}”; what is measured or a ratio has it in words.
    """
    shown = dict(fields)
    inputs = shown.get("inputs") or []
    if all(key in seen for key in inputs):
        return shown
    if shown.get("source_kind") == Indicator.SourceKind.FORMULA and "formula" in shown:
        shown["formula"] = formula.masked(shown["formula"], inputs, seen)
    return shown | {"inputs": [key for key in inputs if key in seen]}


def shown_formula(indicator: Indicator, seen: Collection[str]) -> str:
    """Its formula, or the words that stand for one, as far as `seen` inputs go."""
    return str(shown_definition(indicator.defining_fields(), seen)["formula"])


def shown_path(path: Iterable[str], seen: Collection[str]) -> str:
    """A circle in words, without the names of what may not be seen."""
    return " → ".join(key if key in seen else HIDDEN for key in path)
