"""The JSON Schema of documents, for editors: completion, help and checks while one writes.

It is made from the models that read documents and from the ops. It refuses no right document; that names exist, that shapes fit and that
expressions have values only ``archdsl check`` can say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.ops.fields import SCHEMES, Init
from archdsl.ops.shape import KINDS
from archdsl.spec.document import Document
from archdsl.spec.nodes import SHORTCUTS, STEPS
from archdsl.spec.values import HOLES

Schema = dict[str, Any]


def json_schema(ops: Mapping[str, type[Op]] = OPS) -> Schema:
    """Return the JSON Schema (draft 2020-12) of a document that may use these ops.

    >>> schema = json_schema()
    >>> schema["properties"]["archdsl"]["const"], "conv" in schema["$defs"]["step"]["properties"]
    (1, True)
    """
    document = _from_model(Document)
    definitions = document.pop("$defs") | _values() | _steps(ops)
    properties = document["properties"]
    properties["import"] = {"anyOf": [{"type": "string"}, properties["import"]], "description": properties["import"]["description"]}
    properties["init"] = {"description": properties["init"]["description"], **_initialization(ops)}
    del definitions["Initialization"], definitions["Init"]
    document["$defs"] = dict(sorted(definitions.items()))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "archdsl document", **_cleaned(document)}


def _from_model(model: type[BaseModel]) -> Schema:
    return model.model_json_schema(by_alias=True)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


# --- cleaning -----------------------------------------------------------------------------------------------------------------------------


def _cleaned(schema: Any) -> Any:
    """Bring what pydantic writes to what we mean: references to our own definitions, no titles, no defaults of nothing."""
    if isinstance(schema, list):
        return [_cleaned(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _named(value) if key in ("properties", "$defs", "dependentSchemas") else _cleaned(value) for key, value in schema.items()}
    name = found.pop("x-definition", None)
    if name is not None:
        found["$ref"] = f"#/$defs/{name}"
    found.pop("title", None)
    if "default" in found and found["default"] is None:
        del found["default"]
    if found.get("type") == "object" and "minLength" in found:
        found["minProperties"] = found.pop("minLength")
    description = found.get("description")
    if isinstance(description, str):
        found["description"] = description.replace("``", "`")
    return found


def _named(schemas: Mapping[str, Any]) -> Schema:
    return {name: _cleaned(schema) for name, schema in schemas.items()}


# --- values -------------------------------------------------------------------------------------------------------------------------------


def _values() -> dict[str, Schema]:
    """Return the definitions of what may stand for a value."""
    hole = {name: {"description": text, **_HOLE_TYPES.get(name, {})} for name, text in _HOLE_WORDS.items()}
    bounds = _opened({"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 4})
    shape = {"shape": bounds, "kind": {"enum": list(KINDS)}}
    name = {"type": "string"}
    return {
        "expression": {"type": "string", "pattern": r"^\$", "description": "An expression: `$name` or `$(...)`."},
        "hole": {
            "type": "object",
            "description": "A value to be drawn.",
            "properties": hole,
            "anyOf": [{"required": [head]} for head in HOLES],
            "additionalProperties": False,
        },
        "open": {"anyOf": [_ref("expression"), _ref("hole")]},
        "value": {"description": "A value, an expression (`$width`, `$(2 * width)`), or a hole (`{choice: [...]}`)."},
        "origin": {"type": ["string", "array", "object", "null"], "items": name, "additionalProperties": name},
        "count": {"anyOf": [{"type": "number"}, _ref("expression"), _ref("bound")]},
        "bound": {"type": "object", "properties": {"min": _ref("value"), "max": _ref("value")}, "minProperties": 1, "additionalProperties": False},
        "input": {"anyOf": [bounds, {"type": "object", "properties": shape, "required": ["shape"], "additionalProperties": False}]},
        "init": _init(),
    }


_HOLE_WORDS = {
    "choice": "The options, of which one is drawn.",
    "int": "The bounds between which a whole number is drawn.",
    "float": "The bounds between which a number is drawn.",
    "options": "The options of a choice that has weights.",
    "step": "The distance between the numbers that may be drawn.",
    "log": "Draw uniformly in the logarithm.",
    "weights": "How likely the options are.",
    "times": "Draw a list of so many.",
}
_HOLE_TYPES: dict[str, Schema] = {name: {"anyOf": [{"type": "array", "minItems": 2, "maxItems": 2}, _ref("expression")]} for name in ("int", "float")}


def _init() -> Schema:
    """Return the schema of how the parameters of one op start."""
    start = Init.model_json_schema()["properties"]
    return {
        "description": "How the parameters start: a scheme, a number, or `{weight: , bias: }`.",
        "anyOf": [
            *start["weight"]["anyOf"],
            {"type": "object", "properties": {name: _opened(each) for name, each in start.items()}, "additionalProperties": False},
            _ref("open"),
        ],
    }


def _initialization(ops: Mapping[str, type[Op]]) -> Schema:
    """Return the schema of how the parameters of a document start."""
    scheme = {"enum": list(SCHEMES)}
    own = {name: _ref("init") for name, op in ops.items() if "init" in op.model_fields}
    properties = {"scheme": scheme, "zero_last_norm": {"type": "boolean"}, **own}
    return {"anyOf": [scheme, {"type": "object", "properties": properties, "additionalProperties": False}]}


def _opened(schema: Any) -> Schema:
    """Let an expression or a hole stand wherever a value may, inside lists, too."""
    told = {key: schema[key] for key in ("description", "default") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in ("description", "default", "title")}
    alternatives = rest.pop("anyOf", None) or [rest]
    inner = [{**each, "items": _opened(each["items"])} if "items" in each else each for each in alternatives]
    return {**told, "anyOf": [*inner, _ref("open")]}


# --- steps --------------------------------------------------------------------------------------------------------------------------------


def _steps(ops: Mapping[str, type[Op]]) -> dict[str, Schema]:
    """Return the definitions of steps and of what is made of them."""
    primitives, definitions = _primitives()
    arguments = {name: _argument(op) for name, op in ops.items()}
    body = {"type": "array", "items": _ref("step"), "description": "A list of steps, each fed by the one before it; `[]` is the identity."}
    option = {"anyOf": [_ref("body"), _ref("step")]}
    several = {"type": "array", "items": option, "minItems": 1}
    return definitions | {
        "body": body,
        "step": _step(ops, primitives, arguments),
        "merge": _merge(ops, arguments),
        "paths": {
            "if": {"type": "object", "required": ["some"]},
            "then": _mapping(some=several, count=_ref("value")),
            "else": {"type": ["array", "object"], "items": _ref("body"), "additionalProperties": _ref("body")},
        },
        "shortcut": {"anyOf": [{"enum": list(SHORTCUTS)}, _ref("body"), _ref("open")]},
        "options": {"anyOf": [several, {**_mapping(options=several, weights=_ref("value")), "required": ["options"]}]},
    }


def _mapping(**properties: Schema) -> Schema:
    """Return the schema of a mapping that has all of these keys and no others."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _primitives() -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Return the schema of every primitive's step by its head, and the definitions that they need."""
    steps: dict[str, Schema] = {}
    definitions: dict[str, Schema] = {}
    for head, model in STEPS.items():
        if head in ("call", "rename"):
            continue
        steps[head] = _from_model(model)
        definitions |= steps[head].pop("$defs", {})
    steps["choice"]["properties"]["choice"] = _ref("options")
    steps["skip"]["properties"]["skip"] = {"if": {"type": "array"}, "then": _ref("body"), "else": _ref("Skip")}
    del definitions["StepOptions"]
    return steps, definitions


def _step(ops: Mapping[str, type[Op]], primitives: Mapping[str, Schema], arguments: Mapping[str, Schema]) -> Schema:
    """Return the schema of a step: a word, a list, or a mapping with one head. Heads that are no op and no primitive are blocks."""
    properties: Schema = {}
    alone: Schema = {}
    for head, step in primitives.items():
        properties |= step["properties"]
        properties[head] = {"description": step["description"], **step["properties"][head]}
        alone[head] = {"propertyNames": {"enum": list(step["properties"])}, "required": step["required"]}
    modifiers = ["as", "from", "when"]
    for name in ops:
        properties[name] = arguments[name]
        alone[name] = {"propertyNames": {"enum": [name, *modifiers]}}
    needing = [name for name, op in ops.items() if _required(op)]
    return {
        "description": "A step: an op, a block or a primitive.",
        "type": ["string", "array", "object"],
        "anyOf": [{"enum": [name for name in ops if name not in needing]}, {"not": {"enum": needing}}],
        "items": _ref("step"),
        "minProperties": 1,
        "properties": properties,
        "dependentSchemas": alone,
    }


def _merge(ops: Mapping[str, type[Op]], arguments: Mapping[str, Schema]) -> Schema:
    """Return the schema of a merge: an op of several values by its name, or with its fields."""
    named = {"anyOf": [{"enum": [*ops, "choice", "weights"]}, _ref("expression")]}
    gate = {"anyOf": [arguments["gate"], _ref("body")]} if "gate" in arguments else {}
    choice = {"anyOf": [{"type": "array", "items": _ref("merge")}, {"type": "object"}]}
    return {
        "description": "How values are joined: an op of several values.",
        "if": {"type": "string"},
        "then": {"anyOf": [{"enum": [name for name, op in ops.items() if op.family == "merge"]}, {"enum": list(ops)}, _ref("expression")]},
        "else": {"type": "object", "propertyNames": named, "minProperties": 1, "properties": {**arguments, "gate": gate, "choice": choice}},
    }


def _required(op: type[Op]) -> list[str]:
    return [name for name, field in op.model_fields.items() if field.is_required()]


def _argument(op: type[Op]) -> Schema:
    """Return the schema of what stands behind an op's name: nothing, its first field, or its fields."""
    described = {"description": _description(op)}
    first, required = op.first_field(), _required(op)
    if first is None:
        return {**described, "anyOf": [{"type": "null"}, {"type": "object", "maxProperties": 0}]}
    raw = _from_model(op)["properties"]
    fields = {name: _ref("init") if name == "init" else _opened(field) for name, field in raw.items()}
    plain: dict[str, Schema] = {"": {"anyOf": [{"type": "null"}, fields[first]]}, first: fields[first]}
    return {
        **described,
        "if": {"type": "object", "not": {"anyOf": [{"required": [head]} for head in HOLES]}},
        "then": {"properties": fields, "required": required, "additionalProperties": False},
        "else": plain.get(" ".join(required), {"type": "object"}),
    }


def _description(op: type[Op]) -> str:
    """Return the first sentence about an op, and its shapes."""
    paragraphs = re.split(r"\n\s*\n", (op.__doc__ or op.name).strip())
    shape = [text for text in paragraphs[1:] if text.strip().startswith("Shape:")]
    first = re.split(r"(?<=\.)\s", " ".join(paragraphs[0].split()))[0]
    return "\n\n".join([first, *(" ".join(text.split()) for text in shape[:1])])
