"""Data that are declared in YAML beside networks (recipes, principles): models with diagnostics, found by name, by path, or given as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from archdsl.errors import Diagnostic, SourceError, SpecError, UsageError, did_you_mean
from archdsl.source import Mapping, Source, parse, read_source
from archdsl.spec.catalogue import shipped_folder
from archdsl.spec.explaining import explain, in_order

Model = TypeVar("Model", bound=BaseModel)


def bounded(what: str, low: float, high: float = float("inf"), *, open: bool = False) -> AfterValidator:
    """Return a validator for ``low <= value < high``, or ``low < value < high``; ``what`` says so in words."""

    def check(value: Any) -> Any:
        if not (low < value if open else low <= value) or value >= high:
            raise PydanticCustomError("expected", "{wanted}", {"wanted": what})
        return value

    return AfterValidator(check)


class Piece(BaseModel):
    """A piece of a declaration."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class OneOf(Piece):
    """A mapping in which exactly one key is given."""

    @model_validator(mode="after")
    def _exactly_one(self) -> OneOf:
        if len(self.model_fields_set) != 1:
            names = ", ".join(f"`{name}`" for name in type(self).model_fields)
            raise PydanticCustomError("form", "", {"message": f"takes exactly one of {names}"})
        return self

    @property
    def kind(self) -> str:
        """The key that is given."""
        return next(iter(self.model_fields_set))

    @property
    def chosen(self) -> Any:
        """What stands under it."""
        return getattr(self, self.kind)


def read_declared(source: Source, model: type[Model], title: str, help: str) -> tuple[Model, Mapping]:
    """Read a declaration; return it with the data that it was read from, which know their places.

    Args:
        source: The text.
        model: What it must be.
        title: What it is called in messages: ``a recipe``.
        help: How it starts.

    Raises:
        SourceError: If it is not strict YAML.
        SpecError: With every violation of the grammar.
    """
    raw = _parsed(source, help)
    if not isinstance(raw, Mapping):
        raise SpecError(Diagnostic("E103", f"{title} is a mapping; `{source.name}` is none", None, help))
    try:
        return model.model_validate(raw), raw
    except ValidationError as error:
        _, _, noun = title.partition(" ")
        raise SpecError(in_order(explain(error, raw, model, f"the {noun}"))) from None


def _parsed(source: Source, help: str) -> Any:
    """Return what a text holds; of an empty one say how a declaration starts, not how a network does."""
    try:
        return parse(source)
    except SourceError as error:
        raise SourceError([replace(each, help=help) if each.code == "E005" else each for each in error.diagnostics]) from None


def shipped(folder: str) -> dict[str, Path]:
    """Return the declarations of a folder of the catalogue, by name."""
    return {path.stem: path for path in sorted((shipped_folder() / folder).glob("*.yaml"))}


def find_declared(name: str, folder: str, code: str, what: str) -> Source:
    """Return the text that a name of the catalogue, a path, or a text itself means. A path that exists wins.

    Args:
        name: The name, the path or the text.
        folder: The folder of the catalogue.
        code: The code of the finding that there is none.
        what: What is missed: ``recipe``.

    Raises:
        SourceError: If a path leads nowhere.
        UsageError: If there is nothing of that name.
    """
    if "\n" in name or name.startswith("{"):
        return Source("<text>", name)
    if Path(name).is_file():
        return read_source(Path(name))
    known = shipped(folder)
    if name in known:
        return read_source(known[name], f"specs/{folder}/{name}.yaml")
    if name.endswith((".yaml", ".yml")) or "/" in name:
        raise SourceError(Diagnostic("E001", f"there is no file `{name}`"))
    help = did_you_mean(name, known) or "the shipped ones are " + ", ".join(f"`{each}`" for each in known)
    raise UsageError(Diagnostic(code, f"there is no {what} `{name}`", None, help))
