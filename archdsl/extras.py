"""Packages that archdsl uses where they are installed, and the extras that bring them."""

from __future__ import annotations

from archdsl.errors import Diagnostic, MissingDependencyError

EXTRAS = {
    "torch": "torch",
    "lightning": "train",
    "torchmetrics": "train",
    "sklearn": "train",
    "matplotlib": "train",
    "PIL": "train",
    "tensorboard": "tensorboard",
    "graphviz": "render",
    "pygraphviz": "render",
    "optuna": "search",
    "sqlalchemy": "search",
    "psycopg": "postgres",
    "ray": "ray",
    "onnx": "export",
    "onnxscript": "export",
    "onnxruntime": "export",
    "torchvision": "vision",
    "timm": "bench",
}
"""The extra that brings a package, by the name under which it is imported."""


def missing_dependency(error: ModuleNotFoundError) -> MissingDependencyError | ModuleNotFoundError:
    """Return the error that says how to install a missing package; the same error when no extra brings it.

    >>> print(missing_dependency(ModuleNotFoundError(name="graphviz")))
    error[E710]: this needs `graphviz`, which is not installed
      = help: pip install 'archdsl[render]'
    """
    package = (error.name or "").partition(".")[0]
    if package not in EXTRAS:
        return error
    help = f"pip install 'archdsl[{EXTRAS[package]}]'"
    return MissingDependencyError(Diagnostic("E710", f"this needs `{package}`, which is not installed", None, help))
