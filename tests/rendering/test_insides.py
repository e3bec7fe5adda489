"""What a page can show: every network of the catalogue opens down to its ops, and the columns add up."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import archdsl
from archdsl.analysis.cost import count_node
from archdsl.errors import UsageError
from archdsl.rendering import Options
from archdsl.rendering.drafting import Facts
from archdsl.rendering.page.insides import MOST_ROUNDS, Sheet, sheets_of
from archdsl.rendering.page.telling import Files, Telling
from archdsl.rendering.picturing import block_of
from tests.rendering.documents import DOCUMENTS

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))


@cache
def told_of(path: Path) -> tuple[archdsl.Architecture, list[dict], dict[str, int]]:
    """Return a network of the catalogue with its sheets; a library of blocks has none."""
    network = archdsl.load(path)
    return (network, *(told(network) if network.graphs else ([], {})))


def told(network: archdsl.Architecture, **options: object) -> tuple[list[dict], dict[str, int]]:
    sheets, networks = sheets_of(network, Options(**options))  # type: ignore[arg-type]
    telling = Telling(Files())
    return [telling.sheet(sheet) for sheet in sheets], networks


def total(sheet: dict, key: str) -> int:
    return sum(box.get(key, 0) for box in sheet["boxes"])


def is_whole(sheet: dict) -> bool:
    """Tell whether a sheet leaves nothing out that cannot be opened."""
    return all(box["kind"] != "dots" or "opens" in box or box["text"] == "" for box in sheet["boxes"])


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_columns_add_up(path: Path) -> None:
    network, sheets, networks = told_of(path)
    for name, number in networks.items():
        cost = archdsl.analyze(network.graphs[name])
        if is_whole(sheets[number]):
            assert (total(sheets[number], "params"), total(sheets[number], "macs")) == (cost.params, cost.macs)
    for sheet in sheets:
        for box in sheet["boxes"]:
            if "opens" in box:
                inner, _, times, note = box["opens"]
                if is_whole(sheets[inner]) and "differ" not in note:
                    assert total(sheets[inner], "macs") * times == box.get("macs", 0), box["name"]
                    assert total(sheets[inner], "params") * times == box.get("params", 0), box["name"]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_names_are_unique_and_wires_have_ends(path: Path) -> None:
    _, sheets, _ = told_of(path)
    assert len(sheets) < 80
    for sheet in sheets:
        names = [box["name"] for box in sheet["boxes"]]
        assert len(names) == len(set(names))
        assert all(0 <= end < len(names) for wire in sheet["wires"] for end in wire)
        assert all(0 <= box["opens"][0] < len(sheets) for box in sheet["boxes"] if "opens" in box)


def opened(sheets: list[Sheet], number: int = 0) -> int:
    """Return how deep the columns go."""
    return 1 + max((opened(sheets, each.sheet) for each in sheets[number].openings.values()), default=0)


def test_a_block_opens_at_any_depth() -> None:
    blocks = "\n".join(f"  b{depth}: {{body: [relu, {{skip: [b{depth + 1}, {{conv: 4}}]}}, tanh, {{conv: 4}}, b{depth + 1}]}}" for depth in range(6))
    document = f"archdsl: 1\ninput: [4, 8, 8]\nblocks:\n{blocks}\n  b6: {{body: [{{skip: [{{conv: 4}}, relu, {{conv: 4}}]}}]}}\nnet: [b0, relu, b0]\n"
    sheets, _ = sheets_of(archdsl.load(document), Options())
    assert opened(sheets) == 8 and len(sheets) == 8, "each of the blocks once, though there are 128 of the innermost"


def test_paths_that_are_left_out_open_too() -> None:
    sheets, _ = told(archdsl.load("resnext50-32x4d", form="aggregated"), block="aggregated")
    (dots,) = [box for box in sheets[0]["boxes"] if "opens" in box]
    inner, _, times, _ = dots["opens"]
    assert dots["text"] == "total 32 paths" and times == 29
    assert [box["text"] for box in sheets[inner]["boxes"] if box["kind"] == "op"] == ["1×1, 4 · BN · ReLU", "3×3, 4 · BN · ReLU", "1×1, 256"]
    assert total(sheets[0], "params") == sum(count_node(node).params for node in block_nodes("aggregated"))


def block_nodes(label: str) -> list[archdsl.Node]:
    facts = Facts(archdsl.load("resnext50-32x4d", form="aggregated").graph, Options())
    part = block_of(facts, label)
    assert part is not None
    return part.nodes


def test_layers_that_are_left_out_open_too() -> None:
    sheets, _ = told(archdsl.load("densenet121"))
    (stage,) = [box for box in sheets[0]["boxes"] if box["name"] == "stage2"]
    dots = [box for box in sheets[stage["opens"][0]]["boxes"] if box["kind"] == "dots"]
    assert [box["text"] for box in dots] == ["21 more"]
    layers = [box for box in sheets[dots[0]["opens"][0]]["boxes"] if box["kind"] == "op"]
    assert len(layers) == 21 and len({box["macs"] for box in layers}) == 21


ROUNDS = """
archdsl: 1
input: [4, 64, 64]
blocks: {unit: {args: {width: , stride: 1}, body: [{skip: [{conv: {out_channels: $width, kernel_size: 3}}, relu, {conv: $width}]}, {conv: $width}]}}
net:
  - repeat: {times: ROUNDS, index: i, body: [{unit: {width: 4}}, {unit: {width: 4}}]}
"""


@pytest.mark.parametrize("rounds", [3, 20])
def test_equal_rounds_are_shown_once(rounds: int) -> None:
    sheets, _ = told(archdsl.load(ROUNDS.replace("ROUNDS", str(rounds))))
    (box,) = [box for box in sheets[0]["boxes"] if "opens" in box]
    assert box["times"] == rounds and box["opens"][2:] == [2 * rounds, ""], "a round is two units, one after the other"
    assert len(sheets) == 2


@pytest.mark.parametrize("rounds", [3, MOST_ROUNDS, MOST_ROUNDS + 1])
def test_rounds_of_different_sizes_are_shown_one_by_one_up_to_a_limit(rounds: int) -> None:
    body = "[{max_pool: 2}, {conv: {out_channels: 4, kernel_size: 3}}, {skip: [{conv: 4}]}]"
    size = 2 ** (rounds + 1)
    document = f"archdsl: 1\ninput: [4, {size}, {size}]\nnet: [{{repeat: {{times: {rounds}, index: i, body: {body}}}}}]\n"
    sheets, _ = told(archdsl.load(document))
    (box,) = [box for box in sheets[0]["boxes"] if "opens" in box]
    inner, _, times, note = box["opens"]
    if rounds <= MOST_ROUNDS:
        assert note == "" and sum("opens" in each for each in sheets[inner]["boxes"]) == rounds
    else:
        assert note == f"one of {rounds} rounds or paths, which differ in size" and times == 1


FLAT = "archdsl: 1\ninput: [4, 4, 4]\nblocks:\n  unit: {body: [BODY]}\nnet: [NET]\n"
STEPS = ", ".join(f"{{conv: {4 + number % 2}}}, {{max_pool: {{kernel_size: 3, stride: 1, padding: 1}}}}" for number in range(800))


def test_a_network_that_is_too_large_is_refused() -> None:
    with pytest.raises(UsageError, match=r"E908.*would have 1,602 boxes"):
        sheets_of(archdsl.load(FLAT.replace("BODY", "relu").replace("NET", STEPS)), Options())


@pytest.mark.parametrize("options", [{"depth": 2}, {"expand": "unit"}])
def test_blocks_that_are_too_large_stay_folded_and_do_not_open(options: dict[str, object]) -> None:
    sheets, _ = told(archdsl.load(FLAT.replace("BODY", STEPS).replace("NET", "unit, relu, unit")), **options)
    assert len(sheets) == 1 and [box["kind"] for box in sheets[0]["boxes"]] == ["input", "block", "op", "block", "output"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_options_count_for_a_page_too(name: str) -> None:
    network = archdsl.load(DOCUMENTS[name])
    folded, _ = told(network)
    for options in ({"depth": 3}, {"fuse": False}, {"label": "paper"}, {"direction": "lr"}, {"shapes": "none"}, {"color": "macs"}):
        sheets, _ = told(network, **options)
        assert sheets[0]["boxes"]
        if is_whole(sheets[0]) and is_whole(folded[0]) and "depth" not in options:
            assert total(sheets[0], "macs") == total(folded[0], "macs"), options
