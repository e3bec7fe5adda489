"""The JSON Schema accepts every document that we have, and refuses what an editor can see is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archdsl.ops.catalogue import OPS
from archdsl.source import Source, parse, read_source
from archdsl.spec.nodes import STEPS
from archdsl.spec.schema import _HOLE_WORDS, json_schema
from archdsl.spec.values import HOLE_OPTIONS, HOLES

ROOT = Path(__file__).parents[2]
SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def documents() -> list[Path]:
    return [path for path in sorted((ROOT / "specs").rglob("*.yaml")) if "archdsl: 1" in path.read_text()]


def problems(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(parse(Source("net.yaml", text)))]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_documents_are_right(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(parse(read_source(path)))] == []


RIGHT = """
conv: 64
conv: $width
conv: {choice: [16, 32]}
conv: {out_channels: $(2 * width), kernel_size: [1, $k], stride: {choice: [1, 2]}, padding: same}
conv: {out_channels: 8, init: {weight: 0}}
conv: {out_channels: 8, init: he_fan_in}
batch_norm:
{batch_norm: , as: h}
{batch_norm: , when: $(width > 1), from: x}
relu
$act
{$cell: {width: 64}}
my_block
{my_block: {width: 64, body: whatever}}
{as: x}
{from: x}
[relu, relu]
{merge: add, from: [x, y]}
{merge: {concat: {dim: 0}}, from: [x, y]}
{merge: {choice: [add, mean]}, from: [x, y]}
{merge: gather, from: {values: x, index: i}}
{branch: {paths: [[], [relu]], merge: add}}
{branch: {paths: {left: [], right: [relu]}, merge: concat}}
{branch: {paths: {some: [[relu], tanh], count: [1, 2]}, merge: add}}
{branch: {times: 4, index: i, path: [relu], split: channels, chain: {merge: add, when: $(i > 0)}, merge: concat}}
{skip: [relu]}
{skip: {body: [relu], shortcut: pad, merge: {gate: [sigmoid]}}}
{skip: {body: [relu], shortcut: [relu]}}
{repeat: {times: 3, body: [relu]}}
{repeat: {over: {width: $widths}, index: i, body: [{conv: $width}]}}
{if: $(a > 1), then: [relu], else: [tanh]}
{let: {width: 3}}
{cell: {nodes: 3, edges: {"0->1": [relu], "1->2": []}, output: [1, 2]}}
{where: {F: [relu]}, share: [conv]}
{choice: [relu, [tanh, relu]]}
{choice: {options: [[relu], [tanh]], weights: [1, 2]}}
"""


def as_document(step: str) -> str:
    return f"archdsl: 1\ninput: [3, 8, 8]\nnet:\n  - {step}\n"


@pytest.mark.parametrize("step", RIGHT.strip().splitlines())
def test_steps_are_right(step: str) -> None:
    assert problems(as_document(step)) == []


WRONG = """
5
null
{}
conv
batch_norm: hello
relu: 3
conv: {kernal_size: 3, out_channels: 8}
conv: {kernel_size: 3}
conv: {out_channels: "64"}
conv: {out_channels: 0}
conv: {out_channels: 8, padding: sames}
conv: {out_channels: 8, stride: [1, 2, x]}
conv: {out_channels: 8, init: he}
{conv: 64, kernel_size: 3}
{conv: 64, relu: }
{skip: [relu], merge: add}
{branch: {paths: [[], [relu]]}}
{branch: {paths: relu, merge: add}}
{branch: {paths: [relu, []], merge: add}}
{branch: {paths: [[]], merge: sum}}
{branch: {paths: [[]], merge: add, splits: channels}}
{branch: {paths: [[]], merge: add, split: height}}
{merge: [add], from: [x, y]}
{skip: {body: relu}}
{skip: {shortcut: pad}}
{skip: {body: [relu], shortcut: padd}}
{repeat: {times: 3}}
{repeat: [relu]}
{if: $a}
{let: {}}
{cell: {edges: {"0->1": []}}}
{choice: []}
{choice: {weights: [1, 2]}}
{conv: {choise: [1, 2]}}
{conv: {int: [1]}}
"""


@pytest.mark.parametrize("step", WRONG.strip().splitlines())
def test_steps_are_wrong(step: str) -> None:
    assert problems(as_document(step))


@pytest.mark.parametrize(
    "text",
    [
        "name: x\nnet: []",
        "archdsl: 2\nnet: []",
        "archdsl: 1\nnett: []",
        "archdsl: 1\nnet: relu",
        "archdsl: 1\ninput: 3\nnet: []",
        "archdsl: 1\ninput: [3, 0]\nnet: []",
        "archdsl: 1\ninput: {shape: [3], kind: picture}\nnet: []",
        "archdsl: 1\nblocks: {a: [relu]}",
        "archdsl: 1\nblocks: {a: {args: {}}}",
        "archdsl: 1\nblocks: {a: {arguments: {}, body: []}}",
        "archdsl: 1\nimport: {a: b}",
        "archdsl: 1\nnet: []\nexpect: {parameters: 3}",
        "archdsl: 1\nnet: []\nexpect: {params: many}",
        "archdsl: 1\nnet: []\nexpect: {params: {maximum: 3}}",
        "archdsl: 1\nvariants: {a: {depth: 3}}",
        "archdsl: 1\nnetworks: {a: {input: [3]}}",
        "archdsl: 1\ninit: {cnov: zeros}",
        "archdsl: 1\nobjective: {predict: {network: a}}",
        "archdsl: 1\nobjective: {predict: {network: a, target: {network: b, average: 1.5}}}",
    ],
)
def test_documents_are_wrong(text: str) -> None:
    assert problems(text)


def test_every_op_and_primitive_is_known() -> None:
    heads = SCHEMA["$defs"]["step"]["properties"]
    assert set(OPS) <= set(heads)
    assert set(STEPS) - {"call", "rename"} <= set(heads)


def test_every_hole_word_is_known() -> None:
    assert set(_HOLE_WORDS) == {*HOLES, *HOLE_OPTIONS}


def test_fields_have_types_defaults_and_descriptions() -> None:
    conv = SCHEMA["$defs"]["step"]["properties"]["conv"]
    assert conv["description"].startswith("Convolution over a channels-first map")
    assert "Shape: `(C, H, W) -> (out_channels, H', W')`" in conv["description"]
    assert conv["then"]["required"] == ["out_channels"]
    assert conv["then"]["properties"]["stride"]["default"] == 1
    for model in ("Branch", "Skip", "Repeat", "Cell", "Chain", "Expect", "Block", "Variant", "Network"):
        for name, field in SCHEMA["$defs"][model]["properties"].items():
            assert field.get("description"), (model, name)
    assert all(field.get("description") for field in SCHEMA["properties"].values())


def test_nothing_of_pydantic_is_left() -> None:
    def walk(schema: Any) -> None:
        for each in schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ():
            walk(each)
        if isinstance(schema, dict):
            assert "x-definition" not in schema
            if isinstance(schema.get("$ref"), str):
                assert schema["$ref"].removeprefix("#/$defs/") in SCHEMA["$defs"]

    walk(SCHEMA)


def test_own_ops_are_known() -> None:
    class Blur(OPS["relu"]):  # type: ignore[name-defined,misc]
        """Blurs."""

        name = "blur"

    assert json_schema({**OPS, "blur": Blur})["$defs"]["step"]["properties"]["blur"]["description"] == "Blurs."
