"""Reads a gettext catalogue and the messages that the source marks, without any gettext tools."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

CHECKOUT = Path(__file__).resolve().parents[3]
SOURCES = ("portal", "billing", "templates")
_FIELD = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:"(?:[^"\\]|\\.)*"\n?)+)', re.M)
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_CALL = re.compile(r"""\b(?:n?p?gettext|_)\((?:[^()"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\)""")
_CONTEXTS = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
_PLAIN = {"gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "_"}

Message = tuple[str, str]
"""Context (empty for none) and msgid."""


@dataclass(frozen=True)
class Entry:
    message: Message
    plural: str
    translations: tuple[str, ...]
    is_fuzzy: bool


def entries(path: Path) -> list[Entry]:
    """Everything in a catalogue but its header."""
    found = (_entry(block) for block in path.read_text().split("\n\n"))
    return [entry for entry in found if entry and entry.message[1]]


def marked() -> set[Message]:
    """Every message that Python files and templates mark for translation."""
    found: set[Message] = set()
    for name in SOURCES:
        for path in (CHECKOUT / name).rglob("*"):
            if path.suffix == ".py" and "migrations" not in path.parts:
                found.update(_in_python(path.read_text()))
            elif path.suffix in (".html", ".txt"):
                found.update(_in_python(_calls(templatize(path.read_text()))))
    return found


def _entry(block: str) -> Entry | None:
    fields = {
        name: "".join(ast.literal_eval(text) for text in _TEXT.findall(value))
        for name, value in _FIELD.findall(block + "\n")
    }
    if "msgid" not in fields:
        return None
    return Entry(
        message=(fields.get("msgctxt", ""), fields["msgid"]),
        plural=fields.get("msgid_plural", ""),
        translations=tuple(value for name, value in fields.items() if name.startswith("msgstr")),
        is_fuzzy="#, fuzzy" in block or "#~" in block,
    )


def _calls(source: str) -> str:
    """The calls in what Django makes of a template for gettext's own extraction, as Python."""
    return "\n".join(_CALL.findall(source))


def _in_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if name in _CONTEXTS and len(texts) > 1:
                yield str(texts[0]), str(texts[1])
            elif name in _PLAIN and texts and isinstance(texts[0], str):
                yield "", texts[0]
