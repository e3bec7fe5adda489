"""Write the pages that are made from the code: `python docs/make.py`. A test says when they are out of date."""

from __future__ import annotations

import inspect
from pathlib import Path

from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS

FAMILIES = {
    "conv": "Convolutions",
    "linear": "Linear layers",
    "attention": "Attention",
    "norm": "Norms",
    "activation": "Activations",
    "pool": "Pools",
    "regularization": "Regularization and scaling",
    "shape": "Shapes",
    "source": "Sources of values",
    "merge": "Merges",
}


def ops_page() -> str:
    """Return the page of all ops, by family."""
    parts = ["# The ops", "What a step may name, by family. The first field is the one that a plain value sets: `conv: 64` is `conv: {out_channels: 64}`."]
    for family, title in FAMILIES.items():
        parts.append(f"## {title}")
        parts += [_entry(op) for op in OPS.values() if op.family == family]
    return "\n\n".join(parts) + "\n"


def _entry(op: type[Op]) -> str:
    fields = ", ".join(_field(op, name) for name in op.model_fields)
    head = f"### `{op.name}`\n\n" + (f"Fields: {fields}\n\n" if fields else "")
    roles = "" if op.roles in (("input",), ("values",)) else f"Values: {', '.join(f'`{role}`' for role in op.roles) or 'none'}\n\n"
    return head + roles + _text(op)


def _field(op: type[Op], name: str) -> str:
    field = op.model_fields[name]
    if field.is_required():
        return f"`{name}` (required)"
    default = field.get_default()
    return f"`{name}`" if default is None else f"`{name}: {_plain(default)}`"


def _plain(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _text(op: type[Op]) -> str:
    text = inspect.cleandoc(op.__doc__ or "").replace("``", "`")
    return "\n".join(line.replace("Raises:", "Raises:\n").replace("Attributes:", "Attributes:\n") if line.endswith(":") else line for line in text.splitlines())


PAGES = {"ops.md": ops_page}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        Path(__file__).with_name(name).write_text(page())


if __name__ == "__main__":
    main()
