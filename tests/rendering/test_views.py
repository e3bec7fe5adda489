"""What pictures show: repeats, skips, splits, dense layers, equal paths, fractals, plates, costs, and what is left out."""

from __future__ import annotations

import itertools

import pytest

import archdsl
from archdsl.errors import UsageError
from archdsl.rendering import Options
from archdsl.rendering.geometry import Rect, curve
from archdsl.rendering.options import options_of
from archdsl.rendering.picturing import picture_of
from archdsl.rendering.view import Box, Panel, View, Wire
from archdsl.rendering.wiring import classify, redundant, topological, virtual_nodes, without_fans
from tests.rendering.documents import DOCUMENTS


def view_of(name: str, **options: object) -> View:
    return picture_of(archdsl.load(DOCUMENTS[name]), options_of(options))


def texts(panel: Panel) -> list[str]:
    return [" ".join((box.title, *box.text)).strip() + (f" x{box.times}" if box.times > 1 else "") for box in panel.boxes if box.kind != "point"]


def wires(panel: Panel, kind: str) -> list[tuple[str, str]]:
    return [(wire.source, wire.target) for wire in panel.wires if wire.kind == kind]


def test_repeats_are_one_box_and_the_first_may_differ() -> None:
    main, zoom = view_of("residual").panels
    assert texts(main) == [
        "input  3×32×32",
        "3×3, 16 · BN · ReLU",
        "stage0 block x3",
        "stage1 block 16→32, first /2 x2",
        "global avg-pool",
        "fc 10",
        "output  10",
    ]
    assert zoom.title == "block" and zoom.note == "stage0 ×3"
    assert texts(zoom) == ["3×3, 16 · BN · ReLU", "3×3, 16 · BN", "+", "ReLU"]
    assert wires(zoom, "skip") == [("in/unit.relu", "stage0.i0.block.add")]


def test_every_node_is_in_one_box_of_the_network() -> None:
    for name, document in DOCUMENTS.items():
        graph = archdsl.load(document).graph
        members = [node for box in picture_of(graph, Options()).panels[0].boxes for node in box.members]
        assert len(members) == len(set(members)), name
        if name != "paths":
            assert set(members) == {node.name for node in graph.nodes}, name


def test_shapes_stand_where_they_change() -> None:
    main = view_of("residual").panels[0]
    assert [wire.label for wire in main.wires] == ["", "16×32×32", "", "32×16×16", "32", ""]
    assert all(wire.label for wire in view_of("residual", shapes="all").panels[0].wires)
    assert not any(wire.label for panel in view_of("residual", shapes="none").panels for wire in panel.wires)


def test_branches_end_in_one_row_in_their_order() -> None:
    (panel,) = view_of("branch").panels
    assert panel.rows == (("conv", "conv_3", "conv_4"),)
    labels = {wire.source: wire.label for wire in panel.wires if wire.target == "concat"}
    assert labels == {"conv": "8", "conv_3": "8", "conv_4": "8"}


def test_layers_of_a_running_concatenation_hang_on_a_bus() -> None:
    main, zoom = view_of("dense").panels
    assert "layer 8→36, +4 each x7" in texts(main)
    assert [box.text for box in zoom.boxes if box.kind == "dots"] == [("•", "•", "•", "4 more")]
    assert len(wires(zoom, "bus")) == 3
    trunk = [wire.channels for wire in zoom.wires if wire.kind in ("bus", "trunk")]
    assert trunk == sorted(trunk)


def test_slices_have_ports() -> None:
    (panel,) = view_of("split").panels
    bars = [box for box in panel.boxes if box.kind == "bar"]
    assert [box.ports for box in bars] == [("x1", "x2", "x3", "x4"), ("y1", "y2", "y3", "y4")]
    assert sorted(wire.tail for wire in panel.wires if wire.source == bars[0].name) == [0, 1, 2, 3]
    assert sorted(wire.head for wire in panel.wires if wire.target == bars[1].name) == [0, 1, 2, 3]
    assert len(wires(panel, "chain")) == 2


def test_many_equal_paths_are_drawn_as_three_and_dots() -> None:
    zoom = view_of("paths").panels[1]
    assert [box.text[0] for box in zoom.boxes if box.kind == "dots"] == ["total 8 paths", "•  •  •"]
    assert len([box for box in zoom.boxes if box.kind == "op"]) == 6
    assert all(len(row) == 4 for row in zoom.rows)


def test_fractals_stand_on_a_grid() -> None:
    main, zoom = view_of("fractal").panels
    assert "fractal 3 columns" in texts(main)
    assert zoom.placed()
    columns = sorted({box.position[0] for box in zoom.boxes if box.kind == "op" and box.position})
    assert len(columns) == 3
    joins = [box for box in zoom.boxes if box.kind == "bar" and box.family == "bar"]
    assert len(joins) == 2
    widths = sorted(box.size[0] for box in joins if box.size)
    assert widths[1] > 1.4 * widths[0]


@pytest.mark.parametrize("label", ["outer", "in_"])
def test_fractals_stand_on_a_grid_whatever_they_are_called(label: str) -> None:
    arch = archdsl.load(DOCUMENTS["fractal"].replace("{fractal: 3}, {max", f"{{fractal: 3, as: {label}}}, {{max"))
    assert any(node.name.startswith(f"{label}.") for node in arch.graph.nodes)
    assert picture_of(arch, Options()).panels[1].placed()


def test_encoders_and_decoders_are_a_valley() -> None:
    (panel,) = view_of("recursion").panels
    assert panel.placed()
    levels = {box.name: box.position[1] for box in panel.boxes if box.position}
    skips = wires(panel, "skip")
    assert len(skips) == 3
    assert all(levels[source] == levels[target] for source, target in skips)


@pytest.mark.parametrize("direction", ["tb", "lr"])
@pytest.mark.parametrize(("name", "long", "short"), [("attention-unet", 4, 4), ("r2unet-small", 3, 4), ("r2unet", 4, 0)])
def test_skips_that_stay_on_a_side_of_a_valley_go_around_it(name: str, long: int, short: int, direction: str) -> None:
    panel = picture_of(archdsl.load(name), options_of({"direction": direction})).panels[0]
    assert panel.placed()
    axis = 1 if direction == "tb" else 0
    boxes = {box.name: box for box in panel.boxes}
    skips = [wire for wire in panel.wires if wire.kind == "skip"]
    level = [wire for wire in skips if boxes[wire.source].position[axis] == boxes[wire.target].position[axis]]  # type: ignore[index]
    assert len(skips) == long + short and len(level) in (long, long + 1), "a skip along the bottom is level too"
    for wire in skips:
        others = [_rectangle(box) for each, box in boxes.items() if each not in (wire.source, wire.target)]
        assert not [rect for rect in others for point in curve(wire.spline) if rect.holds(point)], f"{wire.source} to {wire.target}"


def _rectangle(box: Box) -> Rect:
    (x, y), (width, height) = box.position or (0.0, 0.0), box.size or (0.0, 0.0)
    return Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def test_shared_weights_are_told() -> None:
    (panel,) = view_of("shared").panels
    assert [box.title for box in panel.boxes if box.kind == "block"] == ["F", "F"]
    assert ["(shared)" in box.text[0] for box in panel.boxes if box.kind == "block"] == [False, True]


def test_depth_opens_blocks_in_plates() -> None:
    (panel,) = view_of("residual", depth=2).panels
    assert [(plate.title, plate.text, plate.times) for plate in panel.plates] == [("stage0", "block", 3), ("stage1", "block 16→32, first /2", 2)]
    plates = {box.name: box.plate for box in panel.boxes}
    assert all(plates[source] == plates[target] != "" for source, target in wires(panel, "skip"))


def test_expand_opens_what_matches() -> None:
    assert [plate.title for plate in view_of("residual", expand="stage1*").panels[0].plates] == ["stage1"]


def test_zoom_and_block() -> None:
    assert len(view_of("residual", zoom="").panels) == 1
    assert [panel.title for panel in view_of("residual", block="block").panels] == ["block"]
    with pytest.raises(UsageError, match=r"no block `blok`(.|\n)*did you mean `block`"):
        view_of("residual", block="blok")


def test_without_fusing_every_op_is_a_box() -> None:
    assert {"3×3, 16", "BN", "ReLU"} <= set(texts(view_of("residual", fuse=False).panels[1]))


def test_the_papers_labels() -> None:
    assert texts(view_of("residual", label="paper").panels[1]) == ["16, 3×3, 16", "16, 3×3, 16", "+", "ReLU"]


@pytest.mark.parametrize("color", ["params", "macs"])
def test_shares_of_the_cost_sum_to_one(color: str) -> None:
    panel = view_of("residual", color=color).panels[0]
    assert sum(box.share or 0 for box in panel.boxes) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"depth": 0}, "`depth` is a whole number from 1"),
        ({"theme": "lite"}, "did you mean `light`"),
        ({"colour": "macs"}, "did you mean `color`"),
        ({"shapes": "x", "label": "y"}, "unknown value `y` of `label`"),
    ],
)
def test_wrong_options(given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        options_of(given)


def _chain(count: int) -> dict[str, Box]:
    return {str(number): Box(str(number), "op", "conv") for number in range(count)}


def test_wires_beside_another_way_are_skips() -> None:
    boxes = _chain(4)
    lines = [Wire("0", "1"), Wire("1", "2"), Wire("0", "2"), Wire("2", "3")]
    assert redundant(topological(boxes, lines), lines) == {lines[2]}
    marked, done = classify(boxes, lines)
    assert [wire.kind for wire in done] == ["trunk", "trunk", "skip", "trunk"]
    assert all(box.column == "main" for box in marked.values())
    assert virtual_nodes(boxes, lines) == 1


def test_skips_that_cross_go_around_on_different_sides() -> None:
    lines = [Wire(str(number), str(number + 1)) for number in range(5)] + [Wire("0", "3"), Wire("2", "5")]
    _, done = classify(_chain(6), lines)
    assert [wire.west for wire in done if wire.kind == "skip"] == [False, True]


def test_growing_concatenations_become_running_ones() -> None:
    count = 30
    boxes = {"x": Box("x", "input", "io")}
    lines = []
    for number in range(count):
        boxes[f"c{number}"] = Box(f"c{number}", "merge", "merge", ("C",))
        boxes[f"h{number}"] = Box(f"h{number}", "op", "conv")
        lines += [Wire(source, f"c{number}") for source in ["x", "h", *(f"h{before}" for before in range(number))] if source in boxes]
        lines.append(Wire(f"c{number}", f"h{number}"))
    rewritten = without_fans(boxes, lines)
    assert virtual_nodes(boxes, lines) > 5000
    assert virtual_nodes(boxes, rewritten) < 100
    assert {wire.target for wire in lines} == {wire.target for wire in rewritten}


def test_too_large_pictures_stay_folded() -> None:
    steps = ", ".join(f"{{conv: {4 + number % 5}}}" for number in range(900))
    blocks = "\n".join(f"  b{number}: {{body: [{{skip: [{steps}, {{conv: {number}}}]}}, {{conv: 4}}]}}" for number in (7, 8))
    document = f"archdsl: 1\ninput: [4, 4, 4]\nblocks:\n{blocks}\nnet: [b7, b8]\n"
    main = picture_of(archdsl.load(document), Options(depth=9, zoom="")).panels[0]
    assert [box.kind for box in main.boxes] == ["input", "block", "block", "output"]
    assert main.note == "blocks are open to depth 1: more would be too large"


def test_a_flat_network_that_is_too_large_is_refused() -> None:
    steps = ", ".join(f"{{conv: {3 + number % 7}}}" for number in range(1600))
    with pytest.raises(UsageError, match="would have 1,602 boxes"):
        picture_of(archdsl.load(f"archdsl: 1\ninput: [3, 4, 4]\nnet: [{steps}]\n"), Options())


def test_views_are_deterministic() -> None:
    for name, options in itertools.product(DOCUMENTS, [{}, {"depth": 3}, {"direction": "lr"}]):
        assert view_of(name, **options) == view_of(name, **options)
