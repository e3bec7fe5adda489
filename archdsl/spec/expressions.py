"""The expression language: ``$name`` and ``$(...)``, the only computation in a document.

An expression is parsed once to nested closures over a closed set of constructs: nothing is ever handed to Python's own evaluation, and numbers,
lists and strings are bounded, so a document from a stranger can neither reach out nor run away.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from archdsl.errors import Diagnostic, Span, SpecError, nearest
from archdsl.source import Place
from archdsl.spec.arithmetic import BINARY, COMPARISONS, FUNCTIONS, MAX_INTEGER, EvaluationError, bounded, index_into, kind_of, number, shorten
from archdsl.syntax import expression_end

__all__ = ["CONSTANTS", "FUNCTIONS", "IMPLIED", "NAME", "EvaluationError", "Expression", "is_expression"]

MAX_TEXT = 600
MAX_NESTING = 40

Scope = Mapping[str, Any]
Compiled = Callable[[Scope], Any]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
_WORDS = frozenset((*CONSTANTS, "True", "False", "None"))
IMPLIED = ("in_channels", "in_features", "in_height", "in_width")
"""Names that the value entering a step gives."""


class Expression:
    """A parsed expression. Two are equal when they were written alike.

    >>> half = Expression.parse("$(width // 2)")
    >>> half({"width": 64}), sorted(half.names)
    (32, ['width'])
    """

    __slots__ = ("_where", "names", "place", "run", "text")

    def __init__(self, text: str, run: Compiled, where: dict[str, int], place: Place | None) -> None:
        self.text = text
        self.place = place
        self.names = frozenset(where)
        self.run = run
        self._where = where

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Parse ``$name`` or ``$(...)``; raise :class:`SpecError` for anything else."""
        body = _body(text)
        if body in CONSTANTS:
            return cls(text, _constant(CONSTANTS[body]), {}, getattr(text, "place", None))
        if NAME.match(body) and body not in _WORDS:
            return cls(text, _name(body), {body: 1}, getattr(text, "place", None))
        compiler = _Compiler(text)
        run = compiler.compile(_parse(text, body), 0)
        return cls(text, run, compiler.names, getattr(text, "place", None))

    def __call__(self, scope: Scope) -> Any:
        """Evaluate; raise :class:`EvaluationError`, or KeyError for a name that the scope lacks."""
        return self.run(scope)

    def span(self, name: str | None = None) -> Span | None:
        """Return the place of the expression, or of a name in it."""
        if name is None or name not in self._where:
            return _part(self.text)
        start = _characters(self.text, self._where[name])
        return _part(self.text, start, start + len(name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and str(self.text) == str(other.text)

    def __hash__(self) -> int:
        return hash(str(self.text))

    def __repr__(self) -> str:
        return f"Expression({str(self.text)!r})"


def is_expression(text: object) -> bool:
    """Tell whether a scalar is meant as an expression."""
    return isinstance(text, str) and text.startswith("$") and len(text) > 1 and (text[1] == "(" or text[1].isalpha() or text[1] == "_")


def _part(text: str, start: int = 0, stop: int | None = None) -> Span | None:
    """Return the place of a stretch of an expression's text, or of the whole when it stands on several lines."""
    place: Place | None = getattr(text, "place", None)
    if place is None:
        return None
    span = place.span()
    if stop is None or span.line != span.end_line:
        return span
    column = span.column + (1 if getattr(text, "quoted", False) else 0)
    return Span(span.file, span.line, column + start, span.line, column + stop, span.text)


def _characters(text: str, offset: int) -> int:
    """Return the place in a text of an offset in its bytes, as Python's syntax trees have them."""
    return len(text.encode()[:offset].decode(errors="replace"))


def _error(text: str, code: str, message: str, help: str | None = None, part: tuple[int, int] | None = None) -> SpecError:
    return SpecError(Diagnostic(code, message, _part(text, *part) if part else _part(text), help))


def _body(text: str) -> str:
    if len(text) > MAX_TEXT:
        message = f"an expression of {len(text)} characters is too long; the limit is {MAX_TEXT}"
        raise _error(text, "E107", message, "name its parts with `vars` or `let`")
    if not text.startswith("$("):
        return text[1:]
    end = expression_end(text)
    if end < 0:
        raise _error(text, "E106", "this `$(` is never closed", "add the bracket that is missing")
    if end < len(text) - 1:
        help = "an expression is the whole value: `$((a) + (b))`"
        raise _error(text, "E107", f"`{text[end + 1 :].strip()}` follows the end of the expression", help, (end + 1, len(text)))
    return text[2:-1]


def _parse(text: str, body: str) -> ast.expr:
    if "\\" in body or "\n" in body:
        raise _error(text, "E107", "an expression stands on one line and holds no backslash")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(body.strip(), mode="eval").body
    except SyntaxError:
        raise _error(text, "E107", f"`{shorten(text)}` is not an expression", _syntax_help(body)) from None
    except (RecursionError, MemoryError, ValueError):
        raise _error(text, "E107", f"`{shorten(text)}` is nested too deep") from None


def _syntax_help(body: str) -> str | None:
    if not body.strip():
        return "write a name or a formula between the brackets"
    if "$" in body:
        return "inside `$(...)` names stand without `$`"
    if ":=" in body:
        return "name a value with `let`, in a step before"
    if "&&" in body or "||" in body or "!" in body.replace("!=", ""):
        return "write `and`, `or`, `not`"
    if "?" in body:
        return "write `a if condition else b`"
    if re.search(r"(?<![=<>!])=(?!=)", body):
        return "compare with `==`"
    return None


def _name(name: str) -> Compiled:
    return lambda scope: scope[name]


def _constant(value: Any) -> Compiled:
    return lambda scope: value


_CALLABLE = "the functions are " + ", ".join(f"`{name}`" for name in sorted(FUNCTIONS))
_ALLOWED = "expressions know names, numbers, texts, lists, arithmetic, comparison, `and`, `or`, `not`, `a if c else b`, `a[i]` and a few functions"


class _Compiler:
    """Turns a syntax tree of the allowed constructs into closures, and notes the names that it meets and where each stood first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: dict[str, int] = {}
        self._start = 2 if text[2:3] != " " else len(text) - len(text[2:].lstrip())

    def compile(self, node: ast.expr, depth: int) -> Compiled:
        rule = _RULES.get(type(node))
        if rule is None:
            what = _FORBIDDEN.get(type(node), "this construct")
            raise self.error(node, "E108", f"{what} may not stand in an expression", _ALLOWED)
        if depth > MAX_NESTING:
            raise _error(self.text, "E107", f"`{shorten(self.text)}` is nested too deep", "name its parts with `vars` or `let`")
        return rule(self, node, depth + 1)

    def error(self, node: ast.expr, code: str, message: str, help: str | None = None) -> SpecError:
        """Return the finding about a part of the expression."""
        start, stop = self._start + node.col_offset, self._start + (node.end_col_offset or node.col_offset + 1)
        return _error(self.text, code, message, help, (_characters(self.text, start), _characters(self.text, stop)))

    def constant(self, node: ast.Constant, depth: int) -> Compiled:
        if isinstance(node.value, bool) or node.value is None:
            word = {True: "true", False: "false", None: "null"}[node.value]
            raise self.error(node, "E107", f"`{node.value}` is spelt `{word}` here")
        if not isinstance(node.value, (int, float, str)):
            raise self.error(node, "E108", f"`{shorten(ast.unparse(node))}` may not stand in an expression", _ALLOWED)
        value = node.value
        if not isinstance(value, str) and not (abs(value) < MAX_INTEGER):
            raise self.error(node, "E203", "the number is too large")
        return _constant(value)

    def name(self, node: ast.Name, depth: int) -> Compiled:
        if node.id in CONSTANTS:
            return _constant(CONSTANTS[node.id])
        self.names.setdefault(node.id, self._start + node.col_offset)
        return _name(node.id)

    def binary(self, node: ast.BinOp, depth: int) -> Compiled:
        apply = BINARY.get(type(node.op))
        if apply is None:
            raise self.error(node, "E108", "this operator may not stand in an expression", "the operators are `+`, `-`, `*`, `/`, `//`, `%` and `**`")
        left, right = self.compile(node.left, depth), self.compile(node.right, depth)

        def run(scope: Scope) -> Any:
            try:
                return bounded(apply(left(scope), right(scope)))
            except ZeroDivisionError:
                raise EvaluationError("division by zero") from None
            except OverflowError:
                raise EvaluationError("the number is too large", "E203") from None

        return run

    def unary(self, node: ast.UnaryOp, depth: int) -> Compiled:
        operand = self.compile(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda scope: not operand(scope)
        if isinstance(node.op, ast.USub):
            return lambda scope: -number(operand(scope), "`-`")
        if isinstance(node.op, ast.UAdd):
            return lambda scope: number(operand(scope), "`+`")
        raise self.error(node, "E108", "`~` may not stand in an expression", _ALLOWED)

    def boolean(self, node: ast.BoolOp, depth: int) -> Compiled:
        parts = [self.compile(each, depth) for each in node.values]
        stops = isinstance(node.op, ast.Or)

        def run(scope: Scope) -> Any:
            value: Any = None
            for part in parts:
                value = part(scope)
                if bool(value) is stops:
                    return value
            return value

        return run

    def compare(self, node: ast.Compare, depth: int) -> Compiled:
        first = self.compile(node.left, depth)
        rest = []
        for op, right in zip(node.ops, node.comparators):
            if type(op) not in COMPARISONS:
                raise self.error(node, "E108", "`is` may not stand in an expression", "compare with `==`")
            rest.append((COMPARISONS[type(op)], self.compile(right, depth)))

        def run(scope: Scope) -> bool:
            left = first(scope)
            for apply, part in rest:
                right = part(scope)
                if not apply(left, right):
                    return False
                left = right
            return True

        return run

    def conditional(self, node: ast.IfExp, depth: int) -> Compiled:
        test, then, other = (self.compile(each, depth) for each in (node.test, node.body, node.orelse))
        return lambda scope: then(scope) if test(scope) else other(scope)

    def listing(self, node: ast.List | ast.Tuple, depth: int) -> Compiled:
        parts = [self.compile(each, depth) for each in node.elts]
        return lambda scope: bounded(tuple(part(scope) for part in parts))

    def subscript(self, node: ast.Subscript, depth: int) -> Compiled:
        whole = self.compile(node.value, depth)
        if isinstance(node.slice, ast.Slice):
            return self._slice(whole, node.slice, depth)
        index = self.compile(node.slice, depth)
        return lambda scope: index_into(whole(scope), index(scope))

    def _slice(self, whole: Compiled, node: ast.Slice, depth: int) -> Compiled:
        parts = [self.compile(each, depth) if each is not None else _constant(None) for each in (node.lower, node.upper, node.step)]

        def run(scope: Scope) -> Any:
            value, bounds = whole(scope), [part(scope) for part in parts]
            if not isinstance(value, tuple):
                raise EvaluationError(f"only a list is sliced, got {kind_of(value)}")
            if not all(each is None or isinstance(each, int) for each in bounds) or bounds[2] == 0:
                raise EvaluationError("a slice takes whole numbers, and a step that is not 0")
            return value[slice(*bounds)]

        return run

    def call(self, node: ast.Call, depth: int) -> Compiled:
        if not isinstance(node.func, ast.Name):
            raise self.error(node, "E108", "only functions by name may be called in an expression", _CALLABLE)
        name = node.func.id
        if name not in FUNCTIONS:
            near = nearest(name, FUNCTIONS)
            help = f"did you mean `{near}`?" if near else _CALLABLE
            raise self.error(node.func, "E108", f"`{name}` is not a function of expressions", help)
        function, least, most = FUNCTIONS[name]
        if node.keywords or not least <= len(node.args) <= most or any(isinstance(each, ast.Starred) for each in node.args):
            wanted = str(least) if least == most else f"{least} to {most}"
            raise self.error(node, "E107", f"`{name}` takes {wanted} plain argument{'s' if most > 1 else ''}")
        parts = [self.compile(each, depth) for each in node.args]
        return lambda scope: bounded(function(*(part(scope) for part in parts)))


_RULES: dict[type, Callable[[_Compiler, Any, int], Compiled]] = {
    ast.Constant: _Compiler.constant,
    ast.Name: _Compiler.name,
    ast.BinOp: _Compiler.binary,
    ast.UnaryOp: _Compiler.unary,
    ast.BoolOp: _Compiler.boolean,
    ast.Compare: _Compiler.compare,
    ast.IfExp: _Compiler.conditional,
    ast.List: _Compiler.listing,
    ast.Tuple: _Compiler.listing,
    ast.Subscript: _Compiler.subscript,
    ast.Call: _Compiler.call,
}
_FORBIDDEN: dict[type, str] = {
    ast.Attribute: "an attribute",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Dict: "a mapping",
    ast.Set: "a set",
    ast.JoinedStr: "a formatted string",
    ast.NamedExpr: "an assignment",
    ast.Starred: "a star",
    ast.Await: "`await`",
    ast.Yield: "`yield`",
}
