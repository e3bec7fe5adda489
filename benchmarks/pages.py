"""Tables that scripts write into pages of the documentation, between two marks."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"


def write_between(page: str, name: str, text: str) -> None:
    """Put a text between ``<!-- name -->`` and ``<!-- end of name -->``; raise ValueError where the page lacks them."""
    path = DOCS / page
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    old = path.read_text()
    if start not in old or end not in old:
        raise ValueError(f"{page} has no `{start}` with `{end}` after it")
    path.write_text(re.sub(f"{start}.*{end}", lambda _: f"{start}\n\n{text}\n\n{end}", old, flags=re.DOTALL))
