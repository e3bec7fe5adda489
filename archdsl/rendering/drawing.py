"""Drawing a network to a file, or to the text of an SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from archdsl.errors import Diagnostic, MissingDependencyError, UsageError
from archdsl.expansion.architecture import Architecture
from archdsl.ir.graph import Graph
from archdsl.rendering.composing import composed_text, read_layout
from archdsl.rendering.dot import panel_text, view_text
from archdsl.rendering.layout import Job, run
from archdsl.rendering.mermaid import mermaid_text
from archdsl.rendering.naming import plain_view
from archdsl.rendering.options import Options, options_of
from archdsl.rendering.page import page_text
from archdsl.rendering.pairing import pair_of
from archdsl.rendering.picturing import picture_of
from archdsl.rendering.view import View
from archdsl.writing import write_whole

PICTURES: Final = ("dot", "mmd", "pdf", "png", "svg")
FORMATS: Final = ("dot", "html", "mmd", "pdf", "png", "svg")
PNG_DPI: Final = 144


def render(network: Architecture | Graph, path: str | Path, options: Options | None = None, **given: Any) -> Path:
    """Draw a network to a file, whose suffix says the format: svg, png, pdf, html, dot or mmd.

    Args:
        network: What to draw.
        path: The file; it is replaced whole, or not at all.
        options: How to draw it.
        **given: The same by their names, see :class:`Options`.

    Raises:
        UsageError: If the suffix, an option or a block's name is unknown.
        TargetError: If the file cannot be written.
        MissingDependencyError: If Graphviz is needed and missing; the text for it is written beside, as a ``.dot`` file.
    """
    options = options_of(given, options)
    if _format(Path(path), FORMATS) != "html":
        return write_view(picture_of(network, options), options, path)
    with _text_beside(Path(path), lambda: dot_text(network, options)):
        content = page_text(network, options).encode()
    write_whole(Path(path), content, code="E904")
    return Path(path)


def render_pair(
    left: Architecture | Graph,
    right: Architecture | Graph,
    path: str | Path,
    blocks: tuple[str | None, str | None] = (None, None),
    options: Options | None = None,
    **given: Any,
) -> Path:
    """Draw two networks, or a block of each, side by side, with what is alike in one row.

    Args:
        left: The one on the left.
        right: The one on the right.
        path: The file, whose suffix says the format: svg, png, pdf, dot or mmd.
        blocks: The block to draw of each, or None for the whole.
        options: How to draw them.
        **given: The same by their names, see :class:`Options`; the labels are a paper's unless ``label`` says otherwise.

    Raises:
        UsageError: As :func:`render`, and if one of them has several networks.
        MissingDependencyError: As :func:`render`.
    """
    options = options_of(given, options or Options(label="paper"))
    return write_view(pair_of(left, right, blocks, options), options, path)


def write_view(view: View, options: Options, path: str | Path) -> Path:
    """Draw a view to a file, as :func:`render` does that of a network."""
    target = Path(path)
    format = _format(target, PICTURES)
    with _text_beside(target, lambda: view_text(view, options)):
        content = _content(view, options, format)
    write_whole(target, content, code="E904")
    return target


@contextmanager
def _text_beside(target: Path, text: Callable[[], str]) -> Iterator[None]:
    """Where Graphviz is missing, leave the text for it beside the picture that cannot be drawn, and say so."""
    try:
        yield
    except MissingDependencyError as error:
        beside = target.with_suffix(".dot")
        write_whole(beside, text(), code="E904")
        wrong = error.diagnostics[0]
        note = f"the picture as text is in `{beside}`"
        raise MissingDependencyError(Diagnostic(wrong.code, wrong.message, None, wrong.help, (*wrong.notes, note))) from None


def svg_text(network: Architecture | Graph, options: Options | None = None, **given: Any) -> str:
    """Return the picture of a network as the text of an SVG."""
    options = options_of(given, options)
    return _content(picture_of(network, options), options, "svg").decode()


def dot_text(network: Architecture | Graph, options: Options | None = None, **given: Any) -> str:
    """Return the picture of a network in the DOT language, without positions."""
    options = options_of(given, options)
    return view_text(picture_of(network, options), options)


def _content(view: View, options: Options, format: str) -> bytes:
    if format == "html":
        raise UsageError(Diagnostic("E903", "a page shows a network as it is, and no view of it", None, "draw the view as `.svg`"))
    if format == "dot":
        return view_text(view, options).encode()
    if format == "mmd":
        return mermaid_text(view, options).encode()
    return _drawn(view, options, format)


def svg_of(view: View, options: Options) -> bytes:
    """Return the SVG of a view."""
    return _drawn(view, options, "svg")


def _drawn(view: View, options: Options, format: str) -> bytes:
    view = plain_view(view)
    answers = run([Job(panel_text(panel, options), "nop2" if panel.placed() else "dot", "json0") for panel in view.panels])
    placed = [read_layout(panel, answer, options) for panel, answer in zip(view.panels, answers)]
    text = composed_text(view, placed, options, PNG_DPI if format == "png" else None)
    return run([Job(text, "nop2", format)])[0]


def _format(path: Path, known: tuple[str, ...]) -> str:
    suffix = path.suffix.lower().lstrip(".")
    if suffix in known:
        return suffix
    listed = ", ".join(f"`.{each}`" for each in known)
    message = f"unknown format `{path.suffix}` of `{path}`" if suffix else f"`{path}` has no suffix that says the format"
    raise UsageError(Diagnostic("E903", message, None, f"one of {listed}"))
