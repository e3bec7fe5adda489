"""A document as a tree of items, with every comment at the item that it speaks about.

Parsing drops comments. Here the marks of the parser tell where scalars stand; a ``#`` outside of them starts a comment, and the text around it
says whose it is:

1. One that ends a line belongs to the item that starts last on that line: ``beside`` it.
2. One with a line of its own belongs to the item that follows: ``before`` it;
3. unless it is indented like the block, or inside the brackets, that ends above it: ``after`` the items there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from archdsl.source import Source, parse

_COMMENT = re.compile(r"#[^\n\r\x85\u2028\u2029]*")
_BREAK = re.compile(r"[\n\r\x85\u2028\u2029]")
_BYTE_ORDER_MARK = "\ufeff"
_BLANKS = " \t"


@dataclass(eq=False, slots=True)
class Item:
    """A pair of a mapping, an item of a list, or (without a parent) a whole document.

    Attributes:
        data: The value, as it was parsed.
        key: The key of a pair; None for an item of a list.
        items: What the value holds, when it is a mapping or a list.
        spelling: The author's spelling of a number.
        before: Comment lines above the item; ``""`` is a blank line.
        beside: A comment at the end of the item's first line.
        after: Comment lines below the last of ``items``.
        start: Where the item starts in the text, and ``opens`` where its value does.
        ends: Where the value ends, when it is written in ``flow`` style, that is in brackets.
        column: Where the value starts in its line.
    """

    data: Any
    key: str | None = None
    parent: Item | None = None
    items: list[Item] = field(default_factory=list)
    spelling: str = ""
    before: list[str] = field(default_factory=list)
    beside: str = ""
    after: list[str] = field(default_factory=list)
    start: int = 0
    opens: int = 0
    ends: int = 0
    column: int = 0
    flow: bool = False

    @property
    def is_block(self) -> bool:
        """Whether the value is a mapping or list without brackets."""
        return bool(self.items) and not self.flow

    @property
    def is_commented(self) -> bool:
        """Whether comments stand inside of the value."""
        return bool(self.after) or any(each.beside or any(each.before) or each.is_commented for each in self.items)


def plant(data: Any, node: Any = None, key: str | None = None, parent: Item | None = None) -> Item:
    """Return the tree of plain data; ``node`` gives its places in a text, if it has one."""
    item = Item(str(data) if isinstance(data, str) else data, key, parent)
    if node is not None:
        start, end = node.start_mark, node.end_mark
        item.start, item.opens, item.ends, item.column = start.index, start.index, end.index, start.column
        item.flow = bool(getattr(node, "flow_style", False))
    if isinstance(data, dict):
        pairs = node.value if node is not None else [(None, None)] * len(data)
        item.items = [_plant_pair(str(each), value, pair, item) for (each, value), pair in zip(data.items(), pairs)]
    elif isinstance(data, (list, tuple)):
        nodes = node.value if node is not None else [None] * len(data)
        item.items = [plant(value, each, None, item) for value, each in zip(data, nodes)]
    elif type(data) in (int, float) and node is not None:
        item.spelling = node.value
    return item


def _plant_pair(key: str, value: Any, nodes: tuple[Any, Any], parent: Item) -> Item:
    item = plant(value, nodes[1], key, parent)
    if nodes[0] is not None:
        item.start = nodes[0].start_mark.index
    return item


def read(source: Source) -> Item:
    """Return the tree of a text, with its comments and blank lines; raise :class:`SourceError` when it is not strict YAML.

    >>> root = read(Source("net.yaml", "# small\\nnet:  # two steps\\n  - relu\\n\\n  # and\\n  - conv: 8\\n"))
    >>> root.before, root.items[0].beside, root.items[0].items[1].before
    (['# small'], '# two steps', ['', '# and'])
    """
    data = parse(source)
    text = source.text.removeprefix(_BYTE_ORDER_MARK)
    node = _compose(text)
    root = plant(data, node)
    binder = _Binder(text, root)
    for start, comment in _comments(text, node):
        binder.bind(start, comment)
    binder.keep_blanks()
    _settle(root)
    return root


def comments(text: str) -> list[str]:
    """Return the comments of a text, in order.

    >>> comments("a: '# no'  # one\\n# two\\n")
    ['# one', '# two']
    """
    text = text.removeprefix(_BYTE_ORDER_MARK)
    return [comment for _, comment in _comments(text, _compose(text))]


def _compose(text: str) -> Any:
    return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _comments(text: str, node: Any) -> Iterator[tuple[int, str]]:
    """Yield the start and text of every comment: a ``#`` in the gaps between scalars, or in the first line of a block scalar."""
    position = 0
    for start, end, style in (*_scalars(node), (len(text), len(text), None)):
        if style in ("|", ">"):
            start = _line_end(text, start)
        for match in _COMMENT.finditer(text, position, start):
            yield match.start(), match[0].rstrip(_BLANKS)
        position = end


def _scalars(node: Any) -> Iterator[tuple[int, int, str | None]]:
    if isinstance(node, yaml.ScalarNode):
        yield node.start_mark.index, node.end_mark.index, node.style
        return
    for each in node.value:
        for child in each if isinstance(each, tuple) else (each,):
            yield from _scalars(child)


def _line_end(text: str, position: int) -> int:
    found = _BREAK.search(text, position)
    return found.start() if found else len(text)


class _Binder:
    """Finds the item that a comment belongs to."""

    def __init__(self, text: str, root: Item) -> None:
        self.text = text
        self.root = root
        self.items = list(_walk(root))
        self.starts = [each.start for each in self.items]
        self.lines = [0, *(match.end() for match in _BREAK.finditer(text.replace("\r\n", " \n")))]

    def bind(self, position: int, comment: str) -> None:
        """Put a comment where it belongs."""
        index = bisect_right(self.starts, position)
        last = self.items[index - 1] if index else None
        following = self.items[index] if index < len(self.items) else None
        while last and last.parent and last.parent.flow and last.parent.ends <= position:
            last = last.parent
        if self._head(position).strip(_BLANKS):
            self._bind_beside(position, comment, last, following)
        else:
            self._line_target(position, last, following).extend([*self._blank(position), comment])

    def keep_blanks(self) -> None:
        """Note the blank lines above items."""
        for each in self.items:
            if not self._head(each.start).strip(_BLANKS + "-?"):
                each.before += self._blank(each.start)

    def _bind_beside(self, position: int, comment: str, last: Item | None, following: Item | None) -> None:
        head = self._head(position)
        at_dash = following and not head.strip(_BLANKS + "-?") and not (last and last.start >= position - len(head))
        item = following if at_dash else last or following or self.root
        assert item is not None
        if item is self.root and item.items and position >= item.ends:
            item.after.append(comment)
        elif item.beside:
            item.before.append(comment)
        else:
            item.beside = comment

    def _line_target(self, position: int, last: Item | None, following: Item | None) -> list[str]:
        if last and position < last.opens and not last.is_block:
            return last.before
        if last and last.parent and last.parent.flow:
            inside = following and following.start < last.parent.ends
            return following.before if following and inside else last.parent.after
        outer = following.parent if following and following.parent else self.root
        block = self._ended_block(last, outer.column, len(self._head(position)))
        if block:
            return block.after
        return following.before if following else self.root.after

    def _ended_block(self, last: Item | None, outer: int, column: int) -> Item | None:
        """Return the innermost block around ``last`` that is indented more than ``outer``, and no more than the comment at ``column``."""
        block = last.parent if last else None
        while block and (block.flow or not outer < block.column <= column):
            block = block.parent
        return block

    def _line(self, position: int) -> int:
        return bisect_right(self.lines, position) - 1

    def _head(self, position: int) -> str:
        """Return what stands before a position in its line."""
        return self.text[self.lines[self._line(position)] : position]

    def _blank(self, position: int) -> list[str]:
        """Return ``[""]`` if the line above that of the position is blank."""
        line = self._line(position)
        above = self.text[self.lines[line - 1] : self.lines[line]] if line else "-"
        return [] if above.strip() else [""]


def _walk(item: Item) -> Iterator[Item]:
    yield item
    for each in item.items:
        yield from _walk(each)


def _settle(item: Item) -> None:
    """Leave one place for each comment where items share a first line: lines above go to the outermost, the one beside to the innermost."""
    for each in item.items:
        _settle(each)
    if item.key is not None or not item.items:
        return
    item.before += item.items[0].before
    item.items[0].before = []
    if not item.beside or not item.is_commented:
        return
    inner = item.items[0]
    while inner.key is None and inner.is_commented and not inner.beside:
        inner = inner.items[0]
    if inner.beside:
        item.before.append(item.beside)
    else:
        inner.beside = item.beside
    item.beside = ""
