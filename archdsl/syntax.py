"""What is said when a text is not YAML, or when YAML has cut an expression in two."""

from __future__ import annotations

from typing import Any

from archdsl.errors import Diagnostic, Span

_OPENING = ("[", "{", "'", '"')


def syntax_error(name: str, text: str, error: Any, innermost: Span | None) -> Diagnostic:
    """Return the finding for an error of the YAML parser; ``innermost`` is the place of the last list or mapping that is still open."""
    mark = error.problem_mark or error.context_mark
    problem = (error.problem or "not YAML").strip()
    opened = _span(name, text, error.context_mark) if "quoted scalar" in (error.context or "") else innermost
    bracket = _char(text, opened) if opened is not None else ""
    if opened is not None and bracket in _OPENING and mark is not None and _is_end(text, mark):
        opened = Span(name, opened.line, opened.column, opened.line, opened.column + 1, text)
        return Diagnostic("E006", f"not YAML: this `{bracket}` is never closed", opened)
    span = _span(name, text, mark) if mark is not None else None
    related = ((opened, f"inside the `{bracket}` that is opened"),) if opened is not None and bracket in _OPENING else ()
    return Diagnostic("E006", f"not YAML: {problem}", span, _help(text, span, problem), related=related)


def _char(text: str, span: Span) -> str:
    line = text.splitlines()[span.line - 1 : span.line]
    return line[0][span.column - 1 : span.column] if line else ""


def _is_end(text: str, mark: Any) -> bool:
    lines = text.splitlines()[mark.line :]
    return not any(line.strip() for line in (*(each[mark.column :] for each in lines[:1]), *lines[1:]))


def _span(name: str, text: str, mark: Any) -> Span:
    return Span(name, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2, text)


def _help(text: str, span: Span | None, problem: str) -> str | None:
    lines = text.splitlines()
    line = lines[span.line - 1] if span and span.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with blanks, not with tabs"
    if "mapping values are not allowed" in problem:
        if line.count(": ") > 1:
            return "quote a text that holds a colon and a blank"
        return "put a blank behind the colon of every key, and indent the keys of a mapping alike"
    if "cannot start any token" in problem:
        return "quote a text that starts with a special character"
    if "did not find expected" in problem:
        return "look for a bracket or comma that is missing or too many before this place, and for a line that is indented unevenly"
    return None


def bad_character(name: str, text: str, error: Any) -> Diagnostic:
    """Return the finding for a character that YAML does not allow."""
    position = min(getattr(error, "position", 0) or 0, len(text))
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    code = f"U+{ord(text[position]):04X} " if position < len(text) else ""
    return Diagnostic("E014", f"the character {code}may not stand in YAML", Span(name, line, column, line, column + 1, text))


def expression_end(text: str) -> int:
    """Return the position of the bracket that closes ``$(``, or -1.

    >>> expression_end("$(widths[0]) + 1"), expression_end("$(max(a")
    (11, -1)
    """
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


def is_cut(span: Span) -> bool:
    """Tell whether YAML has ended a value at a bracket, comma or colon that was meant to belong to it."""
    line = span.text.splitlines()[span.end_line - 1] if span.text else ""
    return line[span.end_column - 1 :].lstrip().startswith(tuple(",[]{}:#"))
