"""Pictures of the networks that a report shows."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from archdsl.errors import ArchError, MissingDependencyError
from archdsl.expansion.architecture import load
from archdsl.rendering import svg_text
from archdsl.searching.trials import Trial

MOST = 16
"""So many networks are drawn."""


def picture(document: str) -> str:
    """Return the picture of a network as the address of an image.

    Raises:
        ArchError: If it cannot be drawn.
    """
    return "data:image/svg+xml;base64," + b64encode(svg_text(load(document)).encode()).decode()


def pictures(trials: Iterable[Trial]) -> dict[str, str]:
    """Return pictures by fingerprint; none where Graphviz is missing, and none of networks that are too large for it."""
    found: dict[str, str] = {}
    for each in list(trials)[:MOST]:
        try:
            found[each.fingerprint] = picture(each.document)
        except MissingDependencyError:
            return {}
        except ArchError:
            continue
    return found
