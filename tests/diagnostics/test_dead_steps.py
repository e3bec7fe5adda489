"""Steps whose value nobody uses, and those that only look like it."""

from __future__ import annotations

import pytest

import archdsl
from archdsl.errors import format_diagnostic

HEAD = "archdsl: 1\ninput: [3, 8, 8]\n"
UNIT = "blocks: {unit: {args: {w: 3}, body: [relu, {conv: $w}]}}\n"

DEAD: dict[str, tuple[str, list[tuple[str, int, int]]]] = {
    "an op": ("net:\n- {conv: 4, as: a}\n- {tanh: , from: input}\n", [("conv", 4, 4)]),
    "the last of a chain": ("net:\n- {conv: 4, as: a}\n- relu\n- {tanh: , from: input}\n", [("relu", 5, 3)]),
    "a label makes no use": ("net:\n- relu\n- {as: h}\n- {tanh: , from: input}\n", [("relu", 4, 3)]),
    "two at once, in order": (
        "net:\n- {conv: 4, from: input}\n- {conv: 5, from: input}\n- {tanh: , from: input}\n",
        [("conv", 4, 4), ("conv", 5, 4)],
    ),
    "a branch": ("net:\n- branch: {merge: add, paths: [[], [relu]]}\n- {tanh: , from: input}\n", [("branch", 4, 3)]),
    "a skip": ("net:\n- skip: [relu]\n- {tanh: , from: input}\n", [("skip", 4, 3)]),
    "a merge": ("net:\n- {relu: , as: h}\n- {merge: mul, from: [h, input]}\n- {tanh: , from: h}\n", [("merge", 5, 4)]),
    "a cell": ('net:\n- cell: {nodes: 2, edges: {"0->1": [relu]}}\n- {tanh: , from: input}\n', [("cell", 4, 3)]),
    "the end, where outputs are named": ("net:\n- {relu: , as: h}\n- tanh\noutputs: [h]\n", [("tanh", 5, 3)]),
    "a source": ("net:\n- parameter: [3]\n- {tanh: , from: input}\n", [("parameter", 4, 3)]),
    "inside a path": ("net:\n- branch: {merge: add, paths: [[{relu: , as: h}, {tanh: , from: input}], []]}\n", [("relu", 4, 34)]),
    "in a block, at every call": (
        "blocks: {unit: {body: [{as: x}, {conv: 3}, {relu: , from: x}]}}\nnet: [unit, unit]\n",
        [("conv", 3, 34)],
    ),
    "one call of a block that is used elsewhere": (UNIT + "net:\n- {unit: 4, as: h}\n- {unit: 5, from: h}\n- {tanh: , from: h}\n", [("unit", 6, 4)]),
    "one use of an instance": (
        "net:\n- where: {F: [relu]}\n- {F: , from: input, as: h}\n- tanh\n- {F: , as: g}\n- {tanh: , from: h}\n",
        [("F", 7, 4)],
    ),
    "the value of a condition": ("net:\n- {if: true, then: [relu], else: [tanh]}\n- {tanh: , from: input}\n", [("relu", 4, 21)]),
    "inside a sequence": ("net:\n- {seq: [relu, tanh]}\n- {tanh: , from: input}\n", [("tanh", 4, 16)]),
    "in every round": ("net:\n- repeat: {times: 3, body: [{as: x}, {conv: 3}, {relu: , from: x}]}\n", [("conv", 4, 39)]),
    "a computed step": ("vars: {act: relu}\nnet:\n- {$act: , from: input}\n- {tanh: , from: input}\n", [("$act", 5, 4)]),
    "in all networks": (
        "networks:\n  a: {input: [3], net: [relu, {tanh: , from: input}]}\n  b: {input: [3], net: [relu]}\n",
        [("relu", 4, 25)],
    ),
}

ALIVE: dict[str, str] = {
    "used in one round": (
        "net:\n- {relu: , as: h}\n"
        "- repeat: {times: 3, index: i, body: [{conv: 3, as: c}, {let: {one: $(c if i == 1 else h)}}, {relu: , from: one}]}\n"
    ),
    "used in the next round": "net:\n- {as: x}\n- repeat: {times: 3, body: [conv: 3, {let: {last: $in_channels}}]}\n- {tanh: , from: x}\n",
    "the last round of a loop that collects": (
        "net:\n- let: {terms: []}\n- repeat: {times: 3, body: [{conv: 3, as: t}, let: {terms: '$(terms + [t])'}, relu]}\n"
        "- {merge: add, from: $terms}\n"
    ),
    "left out": "net:\n- {conv: 3, when: false}\n- {tanh: , from: input}\n",
    "not taken": "net:\n- {if: false, then: [relu]}\n- {tanh: , from: input}\n",
    "a block that is the identity": "blocks: {none: {body: []}}\nnet:\n- {none: , from: input}\n- {tanh: , from: input}\n",
    "used through a list": "net:\n- {relu: , as: a}\n- {tanh: , as: b, from: input}\n- {let: {both: '$([a, b])'}}\n- {merge: add, from: $both}\n",
    "an output": "net:\n- {relu: , as: a}\n- {tanh: , as: b, from: input}\noutputs: [a, b]\n",
    "used by one call": UNIT + "net: [unit: 4, unit: 5]\n",
    "used by one path": "net:\n- {relu: , as: h}\n- branch: {merge: add, paths: [[], [{tanh: , from: input}]]}\n",
    "an argument": "blocks: {unit: {args: {x: }, body: [{merge: add, from: [x, x]}]}}\nnet:\n- {relu: , as: h}\n- {unit: $h, from: input}\n",
    "a loop of no rounds": "net:\n- {repeat: {times: 0, body: [relu]}}\n- {tanh: , from: input}\n",
    "joins that become one": ("net:\n- branch: {merge: join, paths: [[relu], [branch: {merge: join, paths: [[relu], [tanh]]}]]}\n"),
}


def dead(text: str) -> list[tuple[str, int, int]]:
    found = []
    for each in archdsl.load(HEAD * (not text.startswith("networks")) + "archdsl: 1\n\n" * text.startswith("networks") + text).warnings:
        assert each.code == "W601" and each.severity == "warning" and each.span is not None
        found.append((each.message.split("`")[1], each.span.line, each.span.column))
    return found


@pytest.mark.parametrize("name", DEAD)
def test_dead(name: str) -> None:
    text, expected = DEAD[name]
    assert dead(text) == expected


@pytest.mark.parametrize("name", ALIVE)
def test_alive(name: str) -> None:
    assert dead(ALIVE[name]) == []


def test_message() -> None:
    (warning,) = archdsl.load(HEAD + "net:\n- conv: 4\n- {tanh: , from: input}\n").warnings
    assert format_diagnostic(warning) == (
        "warning[W601]: the value of `conv` is never used\n --> <text>:4:3\n  |\n4 | - conv: 4\n  |   ^^^^\n"
        "  = help: leave the step out, or use its value"
    )
