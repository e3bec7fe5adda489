"""The canonical text of a document: :func:`dump` writes plain data, :func:`reformat` lays out a text anew and keeps its comments.

1. A mapping or list stands in brackets, `{a: 1, b: 2}`, if it fits in its line and is nested at most two deep. Steps do not count as nesting:
   `[{conv: 64}, relu]` is flat, `[{conv: {bias: true}}]` is one deep.
2. Otherwise, or when comments stand inside, it is a block, indented by two. Always blocks are the document, its own lists that hold more than
   scalars, and a mapping of one key in a block of items: `- conv: 64`.
3. A string is plain if it is read back as it is, else quoted. Null is nothing behind a colon, and `null` in a list.
4. Of blank lines between the items of a block one is kept.
"""

from __future__ import annotations

import json
import re
import textwrap
from functools import lru_cache
from typing import Any

from archdsl.errors import SourceError
from archdsl.source import Source, parse
from archdsl.spec.comments import Item, plant, read

WIDTH = 120
DEPTH = 2
MAX_KEY = 1000
"""YAML wants a mark before keys that are much longer."""


def dump(data: Any) -> str:
    """Return the canonical text of plain data: dicts, lists or tuples, strings, numbers, booleans and None.

    >>> print(dump({"name": "net", "args": {"width": None, "lr": 1e-6}, "net": [{"conv": "$(a[0])"}, "relu"]}), end="")
    name: net
    args: {width: , lr: 1e-6}
    net:
      - conv: $(a[0])
      - relu
    """
    return _Layout(plant(data)).text()


def reformat(source: Source) -> str:
    """Return a text in canonical layout, with its data, comments and spelling of numbers; raise :class:`SourceError` when it is not strict YAML.

    >>> print(reformat(Source("net.yaml", "net: [  conv: 64,   # wide\\n 'relu' ]\\n#end")), end="")
    net:
      - conv: 64  # wide
      - relu
    #end
    """
    text = _Layout(read(source)).text()
    if repr(parse(Source(source.name, text))) != repr(parse(source)):
        raise AssertionError(f"the layout of `{source.name}` changed its data")
    return text


class _Layout:
    """Writes a tree of items as lines."""

    def __init__(self, root: Item) -> None:
        self.root = root
        self.one_liners: dict[Item, str] = {}
        self._measure(root)

    def text(self) -> str:
        """Return the whole text."""
        root = self.root
        lines = self._block(root, 0) if root.items else [*_scalar("", root, 2), *root.after]
        lines[0] = _beside(lines[0].removeprefix(" "), root)
        head: list[str] = []
        _add(head, root.before, "")
        return "\n".join([*head, *lines]) + "\n"

    def _measure(self, item: Item) -> int:
        """Return how deep a value is nested, and note its text if it may stand in one line, without regard to where."""
        depths = [self._measure(each) for each in item.items]
        depth = _depth(item, depths)
        inner = [self.one_liners.get(each) for each in item.items]
        if depth > DEPTH or None in inner or item.is_commented or (item.parent is self.root and _holds_groups(item)):
            return depth
        line = _in_flow(item, [each for each in inner if each is not None])
        if line is not None and len(line) <= WIDTH:
            self.one_liners[item] = line
        return depth

    def _block(self, item: Item, column: int) -> list[str]:
        """Return the lines of what a value holds, one or more for each item."""
        margin = " " * column
        lines: list[str] = []
        for each in item.items:
            _add(lines, each.before, margin)
            own = self._item(each, column) if each.key is None else self._pair(each, column)
            lines += [_beside(own[0], each), *own[1:]]
        _add(lines, item.after, margin)
        return lines

    def _item(self, item: Item, column: int) -> list[str]:
        dash = " " * column + "-"
        if not item.items:
            return _scalar(dash, item, column + 2)
        is_step = isinstance(item.data, dict) and len(item.data) == 1
        if not is_step and self._fits(dash, item):
            return [f"{dash} {self.one_liners[item]}"]
        lines = self._block(item, column + 2)
        return [f"{dash} {lines[0][column + 2 :]}", *lines[1:]]

    def _pair(self, item: Item, column: int) -> list[str]:
        key, margin = _key(item.key or "", "block"), " " * column
        if len(key) > MAX_KEY:
            return [f"{margin}? {key}", *self._value(margin + ":", item, column)]
        return self._value(f"{margin}{key}:", item, column)

    def _value(self, head: str, item: Item, column: int) -> list[str]:
        if not item.items:
            return _scalar(head, item, column + 2)
        if self._fits(head, item):
            return [f"{head} {self.one_liners[item]}"]
        return [head, *self._block(item, column + 2)]

    def _fits(self, head: str, item: Item) -> bool:
        return item in self.one_liners and len(head) + 1 + len(self.one_liners[item]) <= WIDTH


def _depth(item: Item, depths: list[int]) -> int:
    """Return how deep a value is nested: a scalar 0, a mapping and a list of lists one more than they hold, a list of steps as its arguments."""
    if not item.items:
        return 0
    if isinstance(item.data, dict):
        return 1 + max(depths)
    return max(depth + _weight(each) for depth, each in zip(depths, item.items))


def _weight(item: Item) -> int:
    if not item.items:
        return 0
    if isinstance(item.data, dict):
        return -1 if len(item.items) == 1 and not _holds_groups(item.items[0]) else 0
    return 1


def _holds_groups(item: Item) -> bool:
    return isinstance(item.data, (list, tuple)) and any(each.items for each in item.items)


def _in_flow(item: Item, inner: list[str]) -> str | None:
    """Return the text of a value in one line, or None if it holds lines itself."""
    if isinstance(item.data, dict):
        return "{" + ", ".join(f"{_key(each.key or '', 'flow')}: {text}" for each, text in zip(item.items, inner)) + "}"
    if isinstance(item.data, (list, tuple)):
        return "[" + ", ".join(inner) + "]"
    if isinstance(item.data, str):
        return None if _literal(item.data) else _string(item.data, "flow")
    return _word(item)


def _scalar(head: str, item: Item, indent: int) -> list[str]:
    """Return the lines of a scalar, or of an empty mapping or list, behind a key or dash."""
    literal = _literal(item.data) if isinstance(item.data, str) else ""
    if literal:
        return [f"{head} {literal}", *(" " * indent + each if each else "" for each in item.data.removesuffix("\n").split("\n"))]
    text = _string(item.data, "block") if isinstance(item.data, str) else _in_flow(item, [])
    line = f"{head} {text}".rstrip(" ")
    folded = _folded(item.data, indent) if isinstance(item.data, str) and len(line) > WIDTH else []
    return [f"{head} >-", *folded] if folded else [line]


def _folded(text: str, indent: int) -> list[str]:
    """Return the lines of a long text that is folded at blanks; none where the blanks would not come back as they were."""
    lines = textwrap.wrap(text, max(20, WIDTH - indent), break_long_words=False, break_on_hyphens=False) if text.isprintable() else []
    return [" " * indent + each for each in lines] if " ".join(lines) == text and len(lines) > 1 else []


def _add(lines: list[str], comments: list[str], margin: str) -> None:
    """Add comments below lines, with single blank lines that do not come first."""
    for each in comments:
        if each:
            lines.append(margin + each)
        elif lines and lines[-1]:
            lines.append("")


def _beside(line: str, item: Item) -> str:
    return f"{line}  {item.beside}" if item.beside else line


def _word(item: Item) -> str:
    """Return the text of a number, a boolean or null."""
    data = item.data
    if data is None:
        return "" if item.key is not None else "null"
    if isinstance(data, bool):
        return "true" if data else "false"
    if item.spelling:
        return item.spelling
    text = _float(data) if isinstance(data, float) else str(data)
    text = hex(data) if isinstance(data, int) and len(text) > 20 else text
    if not _reads(text, data):
        raise ValueError(f"a document cannot hold {data!r}")
    return text


def _float(value: float) -> str:
    """Return the shortest exact text of a number: 1e-06 is 1e-6.

    >>> _float(1e-06), _float(0.1), _float(2e16)
    ('1e-6', '0.1', '2e16')
    """
    return re.sub(r"e([-+])0*", lambda sign: "e" + sign[1].strip("+"), repr(value))


def _reads(text: str, data: Any) -> bool:
    """Whether a text is read as the data."""
    try:
        return bool(parse(Source("layout", text)) == data)
    except SourceError:
        return False


_WORD = re.compile(r"(?!(true|false|null)\Z)\$?[a-z_][a-z0-9_]*\Z")
_INDICATOR = re.compile(r"\Z|\s|[-:]\s|[?*&!|>%@`\"'#,\[\]{}]")
_BRACKET = re.compile(r"[,\[\]{}]")


@lru_cache(maxsize=10_000)
def _string(text: str, style: str) -> str:
    """Return a string as it is spelled in a style, `block` or `flow`.

    >>> _string("$(a[0])", "block"), _string("$(a[0])", "flow"), _string("1e3", "block"), _string("x #", "block")
    ('$(a[0])', "'$(a[0])'", "'1e3'", "'x #'")
    """
    if _WORD.match(text):
        return text
    if not _may_be_plain(text, style):
        return _quoted(text)
    if style == "flow":
        plain = _reads(f"{{a: {text}, b: [{text}, {text}], c: {{d: {text}}}}}", {"a": text, "b": [text, text], "c": {"d": text}})
    else:
        plain = _reads(text, text) and _reads(f"a: {text}\nb:\n  - {text}\n", {"a": text, "b": [text]})
    return text if plain else _quoted(text)


@lru_cache(maxsize=10_000)
def _key(text: str, style: str) -> str:
    """Return a key as it is spelled in a style. Unlike a value, one that looks like a number is a string all the same.

    >>> _key("0->1", "flow"), _key("16", "flow"), _key("", "flow"), _key("a, b", "flow")
    ('0->1', '16', "''", "'a, b'")
    """
    if _WORD.match(text):
        return text
    if not _may_be_plain(text, style):
        return _quoted(text)
    if style == "flow":
        plain = _reads(f"[{{{text}: 1}}, {{{text}: }}]", [{text: 1}, {text: None}])
    else:
        plain = _reads(f"{text}: 1\n", {text: 1}) and _reads(f"- {text}:\n- - {text}: 1\n", [{text: None}, [{text: 1}]])
    return text if plain else _quoted(text)


def _may_be_plain(text: str, style: str) -> bool:
    """Rule out what has a meaning of its own; reading decides about the rest."""
    return text.isprintable() and not _INDICATOR.match(text) and not (style == "flow" and _BRACKET.search(text))


def _quoted(text: str) -> str:
    """Return a string in single quotes; in double ones when it needs escapes, or when it holds single ones."""
    double = "".join(each if each.isprintable() else _escape(each) for each in json.dumps(text, ensure_ascii=False))
    if not text.isprintable() or ("'" in text and double == f'"{text}"'):
        return double
    return "'" + text.replace("'", "''") + "'"


def _escape(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


@lru_cache(maxsize=1_000)
def _literal(text: str) -> str:
    """Return the mark of a literal block, `|` or `|-`, if a string of several lines can be written as one; else nothing."""
    lines = text.removesuffix("\n").split("\n")
    if "\n" not in text or any(each != each.rstrip() for each in lines):
        return ""
    mark = "|" if text.endswith("\n") else "|-"
    return mark if _reads("\n".join([f"- {mark}", *("  " + each for each in lines), ""]), [text]) else ""
