"""What people read on pages, in messages and e-mails keeps to the words of the glossary."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What to say instead is in docs/reference/glossary.md.
BANNED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bbatch(es)?\b",
        r"\bb(ring|rings|ringing|rought)\b",
        r"\bt(ake|akes|aken|aking|ook) (it |them )?(in|back)\b",
        r"\bcan(not)? be taken\b",
        r"\bknown already\b",
        r"\b(slot|taker|bell)s?\b",
        r"\b(gate|door)s?\b",
        r"\b(froz|freez)",
        r"(?<![-@])\be?mails?\b(?! (program|scanner))",
        r"\b(found|say|note|step) it\b|\bkeep it\b(?! (where|to))",
        r"\bgo on talking\b",
        r"\bsince ever\b",
        r"\badd(s)? up by\b",
        r"\bthe clock\b",
        r"\bnothing is called\b",
        r"\(optional\)",
        r"\bone \w+ an? (line|row|column|period|indicator|team|date|person)\b",
    )
)
# The first words of a docstring that cannot be read alone; grows as modules are written anew.
BANNED_OPENINGS: tuple[str, ...] = ("The trail.", "Whoever")
APPS = (
    "analysis", "dashboards", "indicators", "kpitrack", "measurements", "notifications", "reviews",
    "teams", "verdicts", "web",
)  # fmt: skip
COMMENTS = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}|<!--.*?-->", re.DOTALL)
MARKUP = re.compile(r"{%.*?%}|{{.*?}}|<[^>]*>", re.DOTALL)
ATTRIBUTES = re.compile(
    r"\b(?:aria-label|title|placeholder|data-busy|alt|text|label|lead)=\"([^\"]+)\""
)
STRINGS = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\]|\\.)*)`")


def shown_by_templates(path: Path) -> str:
    source = COMMENTS.sub(" ", path.read_text("utf-8"))
    # tags keep their texts: {% include … with title="…" %}
    said = " ¦ ".join(ATTRIBUTES.findall(source))
    return html.unescape(f"{MARKUP.sub(' ', source)} ¦ {said}")


def shown_by_modules(path: Path) -> str:
    """Strings with several words; no docstrings, logging, SQL or addresses."""
    tree = ast.parse(path.read_text("utf-8"))
    hidden = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("logger.", "re.")):
            hidden |= {id(inner) for inner in ast.walk(node)}
    return " ¦ ".join(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and id(node) not in hidden and re.search(r"[a-z] \w", node.value)
        and not re.search(r"SELECT|UPDATE|INSERT|FROM|</", node.value)
    )  # fmt: skip


def shown_by_scripts(path: Path) -> str:
    strings = (a or b for a, b in STRINGS.findall(path.read_text("utf-8")))
    return " ¦ ".join(text for text in strings if re.search(r"[A-Za-z] \w", text))


def shown() -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / "templates").rglob("*.*")):
        yield path, shown_by_templates(path)
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, shown_by_modules(path)
    for path in sorted((ROOT / "static/js").rglob("*.js")):
        if "vendor" not in path.parts:
            yield path, shown_by_scripts(path)


def found_in(text: str) -> list[str]:
    hits = (one for pattern in BANNED for one in pattern.finditer(text))
    return [text[max(0, hit.start() - 40) : hit.end() + 40].replace("\n", " ") for hit in hits]


def test_no_page_message_or_e_mail_uses_a_banned_word() -> None:
    every = list(shown())
    assert len(every) > 400
    assert not {
        str(path.relative_to(ROOT)): hits for path, text in every if (hits := found_in(text))
    }


@pytest.mark.parametrize(
    "text",
    ["Take it in?", "Known already", "no more mails", "Send an email", "The clock opens it",
     "One row an indicator", "Say it", "It is frozen on what is known"],
)  # fmt: skip
def test_banned_words_are_noticed(text: str) -> None:
    assert found_in(text)


def test_no_docstring_opens_with_a_phrase_that_needs_the_one_before() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {words[:60]}"
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and (words := ast.get_docstring(node) or "").startswith(BANNED_OPENINGS)
    ]
    assert not found
