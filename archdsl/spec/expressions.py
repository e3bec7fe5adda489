"""The expression language: ``$name`` and ``$(...)``, the only computation in a document.

An expression is parsed once to nested closures over a closed set of constructs: nothing is ever handed to Python's own evaluation, and numbers,
lists and strings are bounded, so a document from a stranger can neither reach out nor run away.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from archdsl.errors import Diagnostic, Span, SpecError, nearest
from archdsl.source import Place, Text

MAX_TEXT = 600
MAX_NESTING = 40
MAX_INTEGER = 1 << 62
MAX_ITEMS = 10_000

Scope = Mapping[str, Any]
Compiled = Callable[[Scope], Any]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
_WORDS = frozenset((*CONSTANTS, "True", "False", "None"))
IMPLIED = ("in_channels", "in_features", "in_height", "in_width")
"""Names that the value entering a step gives."""


class EvaluationError(Exception):
    """An expression has no value: types that do not go together, a division by zero, a number out of bounds."""

    def __init__(self, message: str, code: str = "E202", help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = help


class Expression:
    """A parsed expression. Two are equal when they were written alike.

    >>> half = Expression.parse("$(width // 2)")
    >>> half({"width": 64}), sorted(half.names)
    (32, ['width'])
    """

    __slots__ = ("_run", "_where", "names", "place", "text")

    def __init__(self, text: str, run: Compiled, where: dict[str, int], place: Place | None) -> None:
        self.text = text
        self.place = place
        self.names = frozenset(where)
        self._run = run
        self._where = where

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Parse ``$name`` or ``$(...)``; raise :class:`SpecError` for anything else."""
        body = _body(text)
        if NAME.match(body) and body not in _WORDS:
            return cls(text, _name(body), {body: 1}, getattr(text, "place", None))
        compiler = _Compiler(text)
        run = compiler.compile(_parse(text, body), 0)
        return cls(text, run, compiler.names, getattr(text, "place", None))

    def __call__(self, scope: Scope) -> Any:
        """Evaluate; raise :class:`EvaluationError`, or KeyError for a name that the scope lacks."""
        return self._run(scope)

    def span(self, name: str | None = None) -> Span | None:
        """Return the place of the expression, or of a name in it."""
        if self.place is None:
            return None
        span = self.place.span()
        if name is None or span.line != span.end_line or name not in self._where:
            return span
        quote = 1 if getattr(self.text, "quoted", False) else 0
        column = span.column + quote + self._where[name]
        return Span(span.file, span.line, column, span.line, column + len(name), span.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and str(self.text) == str(other.text)

    def __hash__(self) -> int:
        return hash(str(self.text))

    def __repr__(self) -> str:
        return f"Expression({str(self.text)!r})"


def is_expression(text: object) -> bool:
    """Tell whether a scalar is meant as an expression."""
    return isinstance(text, str) and text.startswith("$") and len(text) > 1 and (text[1] == "(" or text[1].isalpha() or text[1] == "_")


def _error(text: str, code: str, message: str, help: str | None = None) -> SpecError:
    place = getattr(text, "place", None)
    return SpecError(Diagnostic(code, message, place.span() if place else None, help))


def _body(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise _error(text, "E107", f"an expression of {len(text)} characters is too long; the limit is {MAX_TEXT}", "name its parts with `vars` or `let`")
    if not text.startswith("$("):
        return text[1:]
    closed = _closing(text)
    if closed < 0:
        advice = "inside `{...}` or `[...]`, quote an expression that holds brackets or commas: '$(widths[0])'"
        raise _error(text, "E106", "this `$(` is never closed", advice)
    if closed < len(text) - 1:
        raise _error(text, "E107", f"`{text[closed + 1 :]}` follows the end of the expression", "an expression is the whole value: `$((a) + (b))`")
    return text[2:-1]


def _closing(text: str) -> int:
    """Return the position of the bracket that closes ``$(``, or -1."""
    depth = 0
    quote = ""
    for position, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
            if depth == 0:
                return position
    return -1


def _parse(text: str, body: str) -> ast.expr:
    if "\\" in body or "\n" in body:
        raise _error(text, "E107", "an expression stands on one line and holds no backslash")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(body.strip(), mode="eval").body
    except SyntaxError as error:
        reason = (error.msg or "invalid syntax").split(".")[0].lower().replace("perhaps you forgot a comma?", "").strip()
        raise _error(text, "E107", f"`{text}` is not an expression: {reason}", _syntax_help(body)) from None
    except (RecursionError, MemoryError, ValueError):
        raise _error(text, "E107", f"`{text[:40]}...` is nested too deep") from None


def _syntax_help(body: str) -> str | None:
    if not body.strip():
        return "write a name or a formula between the brackets"
    if "&&" in body or "||" in body or "!" in body.replace("!=", ""):
        return "write `and`, `or`, `not`"
    if "?" in body:
        return "write `a if condition else b`"
    if re.search(r"(?<![=<>!])=(?!=)", body):
        return "compare with `==`"
    return None


def _bounded(value: Any) -> Any:
    """Return a result, or refuse it when it is out of bounds."""
    if isinstance(value, int):
        if -MAX_INTEGER < value < MAX_INTEGER:
            return value
        raise EvaluationError("the number is too large", "E203")
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise EvaluationError("the number is too large", "E203")
    if isinstance(value, tuple):
        _weigh(value)
    elif isinstance(value, str) and len(value) > MAX_ITEMS:
        raise EvaluationError("the text is too long", "E203")
    return value


def _weigh(value: tuple[Any, ...]) -> None:
    """Refuse a list that holds too many items, nested ones counted each time they appear."""
    left = MAX_ITEMS
    stack = [value]
    while stack:
        each = stack.pop()
        left -= len(each)
        if left < 0:
            raise EvaluationError(f"the list is too long; the limit is {MAX_ITEMS:,} items", "E203")
        stack.extend(item for item in each if isinstance(item, tuple))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return "nothing" if value is None else "a value of the network"


def _number(value: Any, what: str) -> int | float:
    if isinstance(value, (int, float)):
        return value
    raise EvaluationError(f"{what} works on numbers, got {_kind(value)}")


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) + len(right) > MAX_ITEMS:
            raise EvaluationError(f"the list is too long; the limit is {MAX_ITEMS:,} items", "E203")
        return left + right
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left + right
    raise EvaluationError(f"`+` does not join {_kind(left)} and {_kind(right)}")


def _multiply(left: Any, right: Any) -> Any:
    if isinstance(right, tuple):
        left, right = right, left
    if isinstance(left, tuple):
        if not isinstance(right, int) or right < 0:
            raise EvaluationError("a list is repeated a whole number of times")
        if len(left) * right > MAX_ITEMS:
            raise EvaluationError(f"the list is too long; the limit is {MAX_ITEMS:,} items", "E203")
        return left * right
    return _number(left, "`*`") * _number(right, "`*`")


def _power(base: Any, exponent: Any) -> Any:
    base, exponent = _number(base, "`**`"), _number(exponent, "`**`")
    if abs(base) > 1 and abs(exponent) * math.log2(abs(base)) > 200:
        raise EvaluationError(f"the power {_short(base)} ** {_short(exponent)} is too large", "E203")
    result = base**exponent
    if isinstance(result, complex):
        raise EvaluationError("a negative number has no such root")
    return result


def _numeric(symbol: str, apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        return apply(_number(left, symbol), _number(right, symbol))

    return run


def _ordered(symbol: str, apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        if isinstance(left, str) and isinstance(right, str):
            return apply(left, right)
        return apply(_number(left, symbol), _number(right, symbol))

    return run


def _contains(item: Any, container: Any) -> bool:
    if isinstance(container, (tuple, dict)) or (isinstance(container, str) and isinstance(item, str)):
        return item in container
    raise EvaluationError(f"`in` looks into a list, got {_kind(container)}")


_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: _add,
    ast.Sub: _numeric("`-`", operator.sub),
    ast.Mult: _multiply,
    ast.Div: _numeric("`/`", operator.truediv),
    ast.FloorDiv: _numeric("`//`", operator.floordiv),
    ast.Mod: _numeric("`%`", operator.mod),
    ast.Pow: _power,
}
_COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _ordered("`<`", operator.lt),
    ast.LtE: _ordered("`<=`", operator.le),
    ast.Gt: _ordered("`>`", operator.gt),
    ast.GtE: _ordered("`>=`", operator.ge),
    ast.In: _contains,
    ast.NotIn: lambda item, container: not _contains(item, container),
}


def _items(name: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(arguments) == 1 and isinstance(arguments[0], tuple):
        arguments = arguments[0]
    if not arguments:
        raise EvaluationError(f"`{name}` of an empty list")
    return tuple(_number(each, f"`{name}`") for each in arguments)


def _len(value: Any) -> int:
    if isinstance(value, (tuple, str, dict)):
        return len(value)
    raise EvaluationError(f"`len` counts the items of a list, got {_kind(value)}")


def _sum(value: Any) -> Any:
    if not isinstance(value, tuple):
        raise EvaluationError(f"`sum` adds the numbers of a list, got {_kind(value)}")
    return sum(_number(each, "`sum`") for each in value)


def _range(*bounds: Any) -> tuple[int, ...]:
    if not all(isinstance(each, int) for each in bounds) or (len(bounds) == 3 and bounds[2] == 0):
        raise EvaluationError("`range` takes whole numbers, and a step that is not 0")
    numbers = range(*bounds)
    if len(numbers) > MAX_ITEMS:
        raise EvaluationError(f"the list is too long; the limit is {MAX_ITEMS:,} items", "E203")
    return tuple(numbers)


def _round(value: Any, digits: Any = None) -> Any:
    if digits is not None and not (isinstance(digits, int) and -20 <= digits <= 20):
        raise EvaluationError("`round` takes a number of digits from -20 to 20")
    return round(_number(value, "`round`"), digits)


_FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (lambda *args: min(_items("min", args)), 1, 100),
    "max": (lambda *args: max(_items("max", args)), 1, 100),
    "len": (_len, 1, 1),
    "sum": (_sum, 1, 1),
    "abs": (lambda value: abs(_number(value, "`abs`")), 1, 1),
    "int": (lambda value: int(_number(value, "`int`")), 1, 1),
    "round": (_round, 1, 2),
    "floor": (lambda value: math.floor(_number(value, "`floor`")), 1, 1),
    "ceil": (lambda value: math.ceil(_number(value, "`ceil`")), 1, 1),
    "range": (_range, 1, 3),
}
FUNCTIONS = frozenset(_FUNCTIONS)


def _name(name: str) -> Compiled:
    return lambda scope: scope[name]


def _constant(value: Any) -> Compiled:
    return lambda scope: value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


class _Compiler:
    """Turns a syntax tree of the allowed constructs into closures, and notes the names that it meets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: dict[str, int] = {}

    def compile(self, node: ast.expr, depth: int) -> Compiled:
        rule = _RULES.get(type(node))
        if rule is None:
            what = _FORBIDDEN.get(type(node), "this construct")
            help = "expressions know arithmetic, comparison, `and or not`, `a if c else b`, lists, indexing, slices and " + " ".join(sorted(FUNCTIONS))
            raise _error(self.text, "E108", f"{what} may not stand in an expression", help)
        if depth > MAX_NESTING:
            raise _error(self.text, "E107", f"`{self.text[:40]}...` is nested too deep")
        return rule(self, node, depth + 1)

    def constant(self, node: ast.Constant, depth: int) -> Compiled:
        if isinstance(node.value, bool) or node.value is None:
            word = {True: "true", False: "false", None: "null"}[node.value]
            raise _error(self.text, "E107", f"`{node.value}` is spelt `{word}` here", f"write `{word}`")
        if not isinstance(node.value, (int, float, str)):
            raise _error(self.text, "E108", f"a constant such as `{_short(node.value)}` may not stand in an expression")
        value = node.value
        if not isinstance(value, str) and not (abs(value) < MAX_INTEGER):
            raise _error(self.text, "E203", "the number is too large")
        return _constant(value)

    def name(self, node: ast.Name, depth: int) -> Compiled:
        if node.id in CONSTANTS:
            return _constant(CONSTANTS[node.id])
        self.names.setdefault(node.id, 2 + node.col_offset)
        return _name(node.id)

    def binary(self, node: ast.BinOp, depth: int) -> Compiled:
        apply = _BINARY.get(type(node.op))
        if apply is None:
            raise _error(self.text, "E108", f"`{self.text}`: this operator may not stand in an expression", "the operators are + - * / // % **")
        left, right = self.compile(node.left, depth), self.compile(node.right, depth)

        def run(scope: Scope) -> Any:
            try:
                return _bounded(apply(left(scope), right(scope)))
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
            return lambda scope: -_number(operand(scope), "`-`")
        if isinstance(node.op, ast.UAdd):
            return lambda scope: _number(operand(scope), "`+`")
        raise _error(self.text, "E108", "`~` may not stand in an expression")

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
            if type(op) not in _COMPARISONS:
                raise _error(self.text, "E108", "`is` may not stand in an expression", "compare with `==`")
            rest.append((_COMPARISONS[type(op)], self.compile(right, depth)))

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
        return lambda scope: _bounded(tuple(part(scope) for part in parts))

    def subscript(self, node: ast.Subscript, depth: int) -> Compiled:
        whole = self.compile(node.value, depth)
        if isinstance(node.slice, ast.Slice):
            return self._slice(whole, node.slice, depth)
        index = self.compile(node.slice, depth)
        return lambda scope: _index(whole(scope), index(scope))

    def _slice(self, whole: Compiled, node: ast.Slice, depth: int) -> Compiled:
        parts = [self.compile(each, depth) if each is not None else _constant(None) for each in (node.lower, node.upper, node.step)]

        def run(scope: Scope) -> Any:
            value, bounds = whole(scope), [part(scope) for part in parts]
            if not isinstance(value, tuple):
                raise EvaluationError(f"only a list is sliced, got {_kind(value)}")
            if not all(each is None or isinstance(each, int) for each in bounds) or bounds[2] == 0:
                raise EvaluationError("a slice takes whole numbers, and a step that is not 0")
            return value[slice(*bounds)]

        return run

    def call(self, node: ast.Call, depth: int) -> Compiled:
        if not isinstance(node.func, ast.Name):
            raise _error(self.text, "E108", "only functions by name may be called in an expression")
        name = node.func.id
        if name not in _FUNCTIONS:
            near = nearest(name, FUNCTIONS)
            help = f"did you mean `{near}`?" if near else "the functions are " + " ".join(sorted(FUNCTIONS))
            raise _error(self.text, "E108", f"`{name}` is not a function of expressions", help)
        function, least, most = _FUNCTIONS[name]
        if node.keywords or not least <= len(node.args) <= most or any(isinstance(each, ast.Starred) for each in node.args):
            wanted = str(least) if least == most else f"{least} to {most}"
            raise _error(self.text, "E107", f"`{name}` takes {wanted} plain argument{'s' if most > 1 else ''}")
        parts = [self.compile(each, depth) for each in node.args]
        return lambda scope: _bounded(function(*(part(scope) for part in parts)))


def _index(whole: Any, index: Any) -> Any:
    if isinstance(whole, dict) and isinstance(index, str):
        if index in whole:
            return whole[index]
        raise EvaluationError(f"there is no `{index}` in the mapping")
    if not isinstance(whole, tuple):
        raise EvaluationError(f"only a list is indexed, got {_kind(whole)}")
    if not isinstance(index, int):
        raise EvaluationError(f"a list is indexed by a whole number, got {_kind(index)}")
    if not -len(whole) <= index < len(whole):
        raise EvaluationError(f"the index {index} is outside a list of {len(whole)}")
    return whole[index]


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
