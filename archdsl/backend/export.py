"""Networks as something that works without archdsl."""

from __future__ import annotations

from archdsl.analysis.cost import analyze
from archdsl.backend.source import write_sources
from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture


def export_python(architecture: Architecture) -> str:
    """Return a Python file that needs torch and nothing else: a class for every network, and the helpers that torch lacks.

    It is the source that :func:`archdsl.compile` runs, so weights saved from one load into the other.

    >>> import archdsl
    >>> text = export_python(archdsl.load("{archdsl: 1, name: tiny, input: [3, 8, 8], net: [{conv: 4}, relu]}"))
    >>> print(text.splitlines()[0])
    # tiny: 12 parameters, 768 multiply-adds for one sample.

    Raises:
        UsageError: If the document is a library of blocks.
    """
    if not architecture.graphs:
        raise UsageError(Diagnostic("E701", f"`{architecture.name}` is a library of blocks and has no network"))
    cost = analyze(architecture)
    head = [f"# {_one_line(architecture.name)}: {cost.params:,} parameters, {cost.macs:,} multiply-adds for one sample."]
    head += [f"# {_one_line(text)}" for text in (architecture.document.about, architecture.document.cite) if text]
    return "\n".join(head) + "\n\n" + write_sources(list(architecture.graphs.values()))


def _one_line(text: str) -> str:
    """Return a text that a comment can hold: printable, and on one line."""
    return "".join(char if char.isprintable() else " " for char in text)
