"""The canonical text: what each rule gives, that data and comments are kept, and that laying out twice changes nothing."""

from __future__ import annotations

import doctest
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import archdsl.spec.comments
import archdsl.spec.layout
from archdsl.errors import SourceError
from archdsl.source import Source, parse
from archdsl.spec.comments import comments
from archdsl.spec.layout import WIDTH, dump, reformat

FIXTURES = Path(__file__).parent / "layout.txt"
EXAMPLES = Path(__file__).parents[3] / "shared" / "examples"


def layout(text: str) -> str:
    """Lay a text out, and check what holds for every text."""
    result = reformat(Source("given", text))
    assert repr(parse(Source("result", result))) == repr(parse(Source("given", text)))
    assert Counter(comments(result)) == Counter(comments(text))
    assert reformat(Source("result", result)) == result
    return result


def written(data: Any) -> str:
    """Dump data, and check what holds for all data."""
    text = dump(data)
    assert repr(parse(Source("dumped", text))) == repr(data)
    assert reformat(Source("dumped", text)) == text
    assert not re.search(r" $", text, re.MULTILINE)
    return text


def cases(text: str) -> Iterator[Any]:
    """Yield the triples of ``== title``, a text, ``=>`` and its layout."""
    for case in text.removeprefix("== ").split("\n== "):
        title, body = case.split("\n", 1)
        given_text, expected = body.split("\n=>\n")
        yield pytest.param(given_text + "\n", expected.rstrip("\n") + "\n", id=title)


@pytest.mark.parametrize(("given_text", "expected"), list(cases(FIXTURES.read_text())))
def test_rules(given_text: str, expected: str) -> None:
    assert layout(given_text) == expected


def test_characters_that_editors_hide() -> None:
    assert layout("\ufeffa: 1 # x \t\r\nb: 2\r\n# y  ") == "a: 1  # x\nb: 2\n# y\n"


def test_long_keys_get_a_mark() -> None:
    key = "k" * 1100
    assert layout(f"a: {{? {key} : [1]}}") == f"a:\n  ? {key}\n  : [1]\n"


def test_comments_do_not_count_as_width() -> None:
    text = f"a: [x, y]  # {'z' * WIDTH}\n"
    assert layout(text) == text


DUMPS: list[tuple[Any, str]] = [
    ({"a": 1, "b": [True, None, "x"]}, "a: 1\nb: [true, null, x]"),
    ({"a": ["1", "1e3", "true", "null", "~", "", "on", "010", "0x1f"]}, "a: ['1', '1e3', 'true', 'null', '~', '', on, 010, '0x1f']"),
    ({"a": [1e-6, 0.001, 1e16, 2.5e300, -0.0, 64.0]}, "a: [1e-6, 0.001, 1e16, 2.5e300, -0.0, 64.0]"),
    ({"a": 0xFFFFFFFFFFFFFFFFFF}, "a: 0xffffffffffffffffff"),
    ({"1": {"true": None, "": [], "- x": {}}}, "1: {true: , '': [], '- x': {}}"),
    ({"ключ": "värde ☃ 😀"}, "ключ: värde ☃ 😀"),
    ({"a": "tab\t", "b": "bell\x07", "c": "\x85\u2028\ufeff"}, 'a: "tab\\t"\nb: "bell\\u0007"\nc: "\\u0085\\u2028\\ufeff"'),
    ({"a": "it's", "b": "- it's", "c": 'it\'s: "so"'}, "a: it's\nb: \"- it's\"\nc: 'it''s: \"so\"'"),
    (["a: b", "a #b", "*a", "&a", "!a", "a:", "%a"], "- 'a: b'\n- 'a #b'\n- '*a'\n- '&a'\n- '!a'\n- 'a:'\n- '%a'"),
    ("one\ntwo", "|-\n  one\n  two"),
    ({}, "{}"),
]


@pytest.mark.parametrize(("data", "expected"), DUMPS)
def test_dump(data: Any, expected: str) -> None:
    assert written(data) == expected + "\n"


def test_dump_takes_tuples() -> None:
    assert dump({"a": (1, (2,))}) == "a:\n  - 1\n  - [2]\n"


@pytest.mark.parametrize("data", [float("inf"), float("nan"), 10**30, {1}])
def test_dump_refuses_what_no_document_holds(data: Any) -> None:
    with pytest.raises(ValueError, match="a document cannot hold"):
        dump({"a": data})


@pytest.mark.parametrize("text", ["a: &x 1", "a: 1\na: 2", "a: [", ""])
def test_what_is_not_strict_yaml_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        reformat(Source("wrong", text))


def test_nothing_is_wider_than_the_width() -> None:
    for length in range(90, 130):
        data = {"a": {"b": ["x" * 10] * 5 + ["y" * (length - 70)], "c": 1}}
        assert max(map(len, written(data).splitlines())) <= WIDTH


def test_a_layout_that_changes_data_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archdsl.spec.layout, "_quoted", lambda text: text)
    archdsl.spec.layout._string.cache_clear()
    with pytest.raises(AssertionError, match="changed its data"):
        reformat(Source("net", "a: '17'"))
    archdsl.spec.layout._string.cache_clear()


def test_deep_nesting() -> None:
    data: Any = "x"
    for depth in range(60):
        data = [data, depth] if depth % 2 else {"a": data, "b": depth}
    written(data)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here")
def test_examples() -> None:
    for path in sorted(EXAMPLES.glob("*.yaml")):
        text = path.read_text()
        written(parse(Source(path.name, layout(text))))


@pytest.mark.parametrize("module", [archdsl.spec.layout, archdsl.spec.comments])
def test_docstrings(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


WORDS = """a relu $n $(a[0]) $(a+b) null true 1e3 - -a #c a#b a: :a ? ?q %x @a `b &z *z !t | > [ ] { } , a,b
--- ... ~ 010 0x1F 1:30 = << .inf é☃ 😀 0->1 it's"""
PHRASES = ["", " ", "a b", "a: b", "a #b", "- a", "? a", "--- a", " x", "x ", 'say "x"', "\t", "\x85", "w " * 70]
LINES = ["a\nb", "a\n\nb\n", "\n", " a\nb", "a \nb", "# a\nb\n"]
NASTY = st.sampled_from([*WORDS.split(), *PHRASES, *LINES])
TEXTS = NASTY | st.text(alphabet="ab:#-,[]{}'\" \n?!&*|>%@`\\$()0.", max_size=6)
NUMBERS = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
DATA = st.recursive(
    TEXTS | NUMBERS | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(DATA)
@settings(deadline=None, max_examples=300)
def test_dumped_data_reads_back(data: Any) -> None:
    assume(data is not None)
    written(data)


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_comments_are_kept_wherever_they_stand(draw: st.DataObject) -> None:
    data = draw.draw(DATA)
    assume(data is not None)
    text = dump(data)
    for index in range(draw.draw(st.integers(1, 8))):
        position = draw.draw(st.sampled_from([match.start() for match in re.finditer(r"[ \n]", text)]))
        margin = "\n" * draw.draw(st.integers(1, 3)) + " " * draw.draw(st.integers(0, 8))
        comment = draw.draw(st.sampled_from([f" # c{index}{margin}", f"{margin}# c{index}\n{margin}", margin]))
        changed = text[:position] + comment + text[position + (text[position] == " ") :]
        text = changed if _reads(changed, data) else text
    assert Counter(re.findall(r"# c\d", layout(text))) == Counter(re.findall(r"# c\d", text))


def _reads(text: str, data: Any) -> bool:
    try:
        return repr(parse(Source("changed", text))) == repr(data)
    except SourceError:
        return False
