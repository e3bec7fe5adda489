"""Writing a report."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from archdsl.errors import Diagnostic, TargetError, UsageError
from archdsl.searching.reporting.findings import Topic, read_topics
from archdsl.searching.reporting.page import page_text
from archdsl.writing import write_whole

FORMATS = (".html", ".png")


def check_format(output: Path) -> None:
    """Raise :class:`UsageError` if the name tells no kind of report, :class:`TargetError` if there is no folder for it."""
    if output.suffix.lower() not in FORMATS:
        help = "name a file that ends in " + " or ".join(f"`{each}`" for each in FORMATS)
        raise UsageError(Diagnostic("E903", f"cannot tell from `{output.name}` what kind of report to write", None, help))
    if not output.absolute().parent.is_dir():
        raise TargetError(Diagnostic("E904", f"cannot write `{output}`: no such file or directory"))


def write_report(storage: str | Path, output: Path, studies: Sequence[str] | None = None) -> None:
    """Write what studies found to a page or a picture; the file is replaced whole, or not at all.

    Args:
        storage: Where they are kept.
        output: A name that ends in ``.html`` or ``.png``.
        studies: Their names; all that have a result without it.

    Raises:
        UsageError: If the file's ending names no kind of report.
        TargetError: If it cannot be written.
        SearchError: If the storage cannot be opened, or nothing has a result.
    """
    check_format(output)
    topics = read_topics(str(storage), studies)
    write_whole(output, _content(topics, output), code="E904")


def _content(topics: Sequence[Topic], output: Path) -> bytes:
    if output.suffix.lower() == ".html":
        title = f"Search: {', '.join(dict.fromkeys(topic.title for topic in topics))}"
        return page_text(topics, title).encode()
    drawn: bytes = import_module("archdsl.searching.reporting.plot").plot(topics)
    return drawn
