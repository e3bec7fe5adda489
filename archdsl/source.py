"""Text to plain data that remembers where it stood.

Documents are strict YAML: the scalars of YAML 1.2, no anchors, aliases, tags, duplicate keys or second documents, bounded in size and depth.
The result is dicts, lists, numbers, booleans, None and strings; the dicts, lists and strings are subclasses that carry a :class:`Place`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml import events as ev

from archdsl.errors import Diagnostic, SourceError, Span, limited, nearest
from archdsl.syntax import bad_character, expression_end, is_cut, syntax_error

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined]
except ImportError:  # a build of PyYAML without libyaml: the same events, slower
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]

MAX_BYTES = 1_000_000
MAX_DEPTH = 60
MAX_VALUES = 30_000
"""The most scalars, lists and mappings in a document: keys count, too. What reads them takes some 20 microseconds for each."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text and the name to call it by in messages."""

    name: str
    text: str = field(repr=False)
    path: Path | None = None


class Place:
    """Where a value stood; becomes a :class:`Span` only when a message needs it."""

    __slots__ = ("_end", "_start", "source")

    def __init__(self, source: Source, start: Any, end: Any) -> None:
        self.source = source
        self._start = start
        self._end = end

    def span(self) -> Span:
        """Return the place in lines and columns."""
        start, end = self._start, self._end
        return Span(self.source.name, start.line + 1, start.column + 1, end.line + 1, end.column + 1, self.source.text)


class Text(str):
    """A string that knows its place, and whether it was quoted."""

    __slots__ = ("place", "quoted")
    place: Place
    quoted: bool


class Mapping(dict[str, Any]):
    """A mapping that knows its place and that of every value; its keys are :class:`Text`."""

    __slots__ = ("place", "places")
    place: Place
    places: dict[str, Place]

    def key_place(self, key: str) -> Place:
        """Return the place of a key."""
        return next((each.place for each in self if each == key and isinstance(each, Text)), self.place)


class Listing(list[Any]):
    """A list that knows its place and that of every item."""

    __slots__ = ("place", "places")
    place: Place
    places: list[Place]


def read_source(path: Path, shown: str | None = None) -> Source:
    """Read a file; raise :class:`SourceError` when it is not a text of bearable size.

    ``shown`` is the name that messages use, by default the path as it was given.
    """
    name = shown or str(path)
    try:
        if path.is_dir():
            raise SourceError(Diagnostic("E002", f"`{name}` is a directory, not a document", help=_documents_in(path)))
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SourceError(Diagnostic("E001", f"there is no file `{name}`", help=_near_file(path))) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(Diagnostic("E001", f"cannot read `{name}`: {reason.lower()}")) from None
    return Source(name, decode(data, name), path)


def _documents_in(folder: Path) -> str | None:
    found = sorted(each.name for each in folder.glob("*.yaml"))[:3]
    return "name one of its documents: " + ", ".join(f"`{each}`" for each in found) if found else None


def _near_file(path: Path) -> str | None:
    found = near_file(path.name, [each.name for each in path.parent.glob("*.yaml")] if path.parent.is_dir() else [])
    return f"did you mean `{path.parent / found}`?" if found else None


def near_file(name: str, known: Iterable[str]) -> str | None:
    """Return the file that a misspelt name most likely meant, whatever its ending, or None.

    >>> near_file("residul.yaml", ["residual.yaml", "u.yaml"]), near_file("residual", ["residual.yaml"])
    ('residual.yaml', 'residual.yaml')
    """
    by_stem = {each.removesuffix(".yaml"): each for each in known}
    found = nearest(name.removesuffix(".yml").removesuffix(".yaml"), by_stem)
    return by_stem[found] if found else None


def decode(data: bytes, name: str) -> str:
    """Return the text of a file; raise :class:`SourceError` when it is too large, binary or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise SourceError(Diagnostic("E003", f"`{name}` is larger than {MAX_BYTES:,} bytes; a document is a page or two"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = "is a binary file" if b"\0" in data else f"is not UTF-8: byte 0x{data[error.start]:02x} in line {line}"
        raise SourceError(Diagnostic("E004", f"`{name}` {what}", help="save the document as UTF-8 text")) from None
    if "\0" in text:
        raise SourceError(Diagnostic("E004", f"`{name}` is a binary file", help="save the document as UTF-8 text"))
    return text


def parse(source: Source) -> Any:
    """Parse a text to plain data; raise :class:`SourceError` at the first thing that is not strict YAML.

    >>> data = parse(Source("net.yaml", "lr: 1e-3\\nact: [on, no, true]"))
    >>> data
    {'lr': 0.001, 'act': ['on', 'no', True]}
    >>> str(data.key_place("act").span())
    'net.yaml:2:1'
    """
    return parse_counted(source)[0]


def parse_counted(source: Source, most: int = MAX_VALUES) -> tuple[Any, int]:
    """Return a text as plain data, and how many values it holds; ``most`` is how many it may, less where others have taken their part."""
    if len(source.text) > MAX_BYTES:
        raise SourceError(Diagnostic("E003", f"`{source.name}` is larger than {MAX_BYTES:,} bytes; a document is a page or two"))
    builder = _Builder(source, most)
    try:
        return builder.build(), builder.count
    except yaml.MarkedYAMLError as error:
        unclosed = limited([each for each in builder.errors if each.code == "E106"])
        innermost = builder.open[-1].container.place.span() if builder.open else None
        raise SourceError(unclosed or syntax_error(source.name, source.text, error, innermost)) from None
    except yaml.reader.ReaderError as error:
        raise SourceError(bad_character(source.name, source.text, error)) from None


class _Builder:
    """Builds plain data from the events of the YAML parser, without recursion."""

    def __init__(self, source: Source, most: int) -> None:
        self.source = source
        self.most = most
        self.count = 0
        self.errors: list[Diagnostic] = []
        self.open: list[_Open] = []

    def build(self) -> Any:
        parser = _Parser(self.source.text)
        try:
            root = self._events(parser)
        finally:
            if hasattr(parser, "dispose"):
                parser.dispose()
        if self.errors:
            raise SourceError(limited(self.errors))
        return root

    def _events(self, parser: Any) -> Any:
        root: Any = None
        found = False
        source, stack, next_event = self.source, self.open, parser.get_event
        frame: _Open | None = None
        left = self.most
        while True:
            event = next_event()
            kind = type(event)
            if kind is ev.ScalarEvent:
                left -= 1
                place = Place(source, event.start_mark, event.end_mark)
                value = self._scalar(event, place)
            elif kind is ev.MappingStartEvent or kind is ev.SequenceStartEvent:
                left -= 1
                frame = self._open(event, kind, len(stack))
                stack.append(frame)
                continue
            elif kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
                value = stack.pop().container
                frame = stack[-1] if stack else None
                place = value.place
                place._end = event.end_mark
            elif kind is ev.AliasEvent:
                value, place = self._alias(event), self._place(event)
            elif kind is ev.DocumentStartEvent and found:
                raise SourceError(Diagnostic("E011", "a file holds one document, and a second one starts here", self._place(event).span()))
            elif kind is ev.StreamEndEvent:
                break
            else:
                continue
            found = True
            if left < 0:
                raise SourceError(self._too_many(event))
            if frame is None:
                root = value
            elif frame.is_list:
                frame.container.append(value)
                frame.places.append(place)
            elif not frame.has_key:
                frame.key, frame.has_key = self._key(value, place, event, frame.container), True
            else:
                frame.container[frame.key] = value
                frame.places[frame.key] = place
                frame.has_key = False
        if not found or (root is None and not self.errors):
            raise SourceError(Diagnostic("E005", f"`{source.name}` is empty", help="a document starts with `archdsl: 1`"))
        self.count = self.most - left
        return root

    def _too_many(self, event: Any) -> Diagnostic:
        who = f"`{self.source.name}` holds" if self.most == MAX_VALUES else f"with `{self.source.name}` a document and its libraries hold"
        message = f"{who} more than {MAX_VALUES:,} values; a document is a page or two"
        return Diagnostic("E003", message, self._place(event).span(), "say what repeats with `repeat` and blocks")

    def _open(self, event: Any, kind: type, depth: int) -> _Open:
        if event.anchor is not None or event.tag is not None:
            self._refuse_extras(event, event.implicit)
        if depth >= MAX_DEPTH:
            raise SourceError(Diagnostic("E010", f"nested more than {MAX_DEPTH} levels deep", self._place(event).span()))
        container: Mapping | Listing
        if kind is ev.MappingStartEvent:
            container = Mapping()
            container.places = {}
        else:
            container = Listing()
            container.places = []
        container.place = self._place(event)
        return _Open(container)

    def _key(self, value: Any, place: Place, event: Any, container: Any) -> Text:
        if type(value) is Text and value not in container:
            return value
        if isinstance(event, ev.AliasEvent):
            return self._text(f"\0{len(container)}", place, True)
        if isinstance(value, (Mapping, Listing)) or (value is None and not event.value):
            self.errors.append(Diagnostic("E012", "a key must be a word", place.span(), help="quote a key that holds brackets"))
            return self._text(f"\0{len(container)}", place, True)
        key = value if isinstance(value, Text) else self._text(event.value, place, False)
        if key in container:
            first = container.key_place(key).span()
            self.errors.append(Diagnostic("E009", f"the key `{key}` stands twice", place.span(), related=((first, "first"),)))
        return key

    def _scalar(self, event: Any, place: Place) -> Any:
        if event.anchor is not None or event.tag is not None:
            self._refuse_extras(event, event.implicit[0] or event.implicit[1])
        written, quoted = event.value, bool(event.style)
        if not quoted:
            value = plain_scalar(written)
            if value is not written:
                if isinstance(value, Diagnostic):
                    self.errors.append(Diagnostic(value.code, value.message, place.span(), value.help))
                    return None
                return value
            if written[0] == "$" and written.startswith("$(") and written.count("(") > written.count(")"):
                self._refuse_unclosed(event)
        text = Text(written)
        text.place = place
        text.quoted = quoted
        return text

    def _text(self, value: str, place: Place, quoted: bool) -> Text:
        text = Text(value)
        text.place = place
        text.quoted = quoted
        return text

    def _refuse_unclosed(self, event: Any) -> None:
        """Refuse an expression that YAML has cut at a bracket or comma; what is left of it makes no sense to anyone."""
        span = self._place(event).span()
        if expression_end(event.value) < 0 and is_cut(span):
            help = "inside `{...}` or `[...]`, quote an expression that holds brackets, commas or colons: '$(widths[0])'"
            self.errors.append(Diagnostic("E106", "this `$(` is never closed", span, help))

    def _alias(self, event: Any) -> Any:
        help = "name a block, and call it where it is needed"
        self.errors.append(Diagnostic("E007", f"aliases are not part of the language: `*{event.anchor}`", self._place(event).span(), help))
        return None

    def _refuse_extras(self, event: Any, implicit: bool) -> None:
        span = self._place(event).span()
        if event.anchor is not None:
            help = "name a block, and call it where it is needed"
            self.errors.append(Diagnostic("E007", f"anchors are not part of the language: `&{event.anchor}`", span, help))
        if event.tag is not None and not (implicit and event.tag == "!"):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            help = "leave the tag out; a quoted scalar is a string"
            self.errors.append(Diagnostic("E008", f"tags are not part of the language: `{tag}`", span, help))

    def _place(self, event: Any) -> Place:
        return Place(self.source, event.start_mark, event.end_mark)


class _Open:
    """A container that is being filled."""

    __slots__ = ("container", "has_key", "is_list", "key", "places")

    def __init__(self, container: Any) -> None:
        self.container = container
        self.places = container.places
        self.is_list = type(container) is Listing
        self.has_key = False
        self.key: Any = None


_WORDS: dict[str, Any] = {"": None, "~": None}
for _form in (str.lower, str.title, str.upper):
    _WORDS.update({_form("true"): True, _form("false"): False, _form("null"): None})
_NUMBER = re.compile(
    r"(?:(?P<whole>[-+]?(?:0|[1-9][0-9]*))|(?P<based>0x[0-9a-fA-F]+|0o[0-7]+)|(?P<special>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
    r"|(?P<zeros>0[0-9]+)|(?P<broken>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?))\Z"
)
_NUMERIC = frozenset("0123456789+-.")
_DIGITS = frozenset("123456789")


def plain_scalar(text: str) -> Any:
    """Return what an unquoted scalar means by the core schema of YAML 1.2; leading zeros make a string, not a number.

    A number that no document may hold gives the finding.
    """
    first = text[:1]
    if first not in _NUMERIC:
        return _WORDS.get(text, text)
    if first in _DIGITS and text.isdigit() and len(text) <= 18 and text.isascii():
        return int(text)
    found = _NUMBER.match(text)
    form = found.lastgroup if found is not None else "zeros"
    if form == "zeros":
        return text
    if form == "special":
        return Diagnostic("E013", f"`{text}` is not a number that a document may hold")
    if form == "broken":
        value = float(text)
        return value if math.isfinite(value) else Diagnostic("E013", f"the number `{text[:20]}` is too large")
    return int(text, 0 if form == "based" else 10) if len(text) <= 20 else Diagnostic("E013", f"the number `{text[:20]}...` is too large")
