"""Two networks in one picture: like beside like, each in its frame, and nothing overlaps."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl
from archdsl.errors import TargetError, UsageError
from archdsl.rendering import Options, render_pair
from archdsl.rendering.composing import Placed, read_layout
from archdsl.rendering.dot import panel_text
from archdsl.rendering.layout import Job, run
from archdsl.rendering.pairing import pair_of
from archdsl.rendering.view import Panel

RESNET = archdsl.load("resnet50")
RESNEXT = archdsl.load("resnext50-32x4d", form="aggregated")
PAPER = Options(label="paper")


def placed(panel: Panel) -> Placed:
    return read_layout(panel, run([Job(panel_text(panel, PAPER), "dot", "json0")])[0], PAPER)


def test_figure_1_of_resnext() -> None:
    (panel,) = pair_of(RESNET, RESNEXT, ("bottleneck", "aggregated"), PAPER).panels
    texts = {" ".join(box.text) for box in panel.boxes}
    assert {"256, 1×1, 64", "64, 3×3, 64", "64, 1×1, 256", "256-d in", "256-d out"} <= texts
    assert {"256, 1×1, 4", "4, 3×3, 4", "4, 1×1, 256", "total 32 paths •  •  •"} <= texts
    assert [(plate.title, plate.text) for plate in panel.plates] == [
        ("resnet50", "bottleneck: 70.4k params, 218M MACs"),
        ("resnext50-32x4d", "aggregated: 71.2k params, 220M MACs"),
    ]
    assert sum(wire.kind == "skip" for wire in panel.wires) == 2


def test_like_stands_beside_like() -> None:
    (panel,) = pair_of(RESNET, RESNEXT, ("bottleneck", "aggregated"), PAPER).panels
    where = placed(panel)
    height = {(box.plate, box.text[0]): round(where.boxes[box.name].middle[1]) for box in panel.boxes}
    alike = {"256, 1×1, 64": "256, 1×1, 4", "64, 3×3, 64": "4, 3×3, 4", "64, 1×1, 256": "4, 1×1, 256", "ReLU": "ReLU", "256-d in": "256-d in"}
    for left, right in alike.items():
        assert height["frame0", left] == height["frame1", right]


def test_a_narrow_column_stands_in_the_middle_of_its_frame() -> None:
    narrow = archdsl.load("{archdsl: 1, name: a name that is far wider than what it has inside, input: [4], net: [{linear: 4}]}")
    (panel,) = pair_of(RESNET, narrow, (None, None), PAPER).panels
    where = placed(panel)
    for name, (frame, _) in where.plates.items():
        held = [where.boxes[box.name] for box in panel.boxes if box.plate == name]
        assert (min(rect.left for rect in held) + max(rect.right for rect in held)) / 2 == pytest.approx(frame.middle[0], abs=1)


@pytest.mark.parametrize("other", ["res2net50-26w-4s", "convnext-tiny", "preresnet200"])
def test_stages_stand_beside_stages_and_frames_apart(other: str) -> None:
    (panel,) = pair_of(RESNET, archdsl.load(other), (None, None), PAPER).panels
    where = placed(panel)
    heights: dict[str, set[int]] = {}
    for box in panel.boxes:
        if box.title.startswith(("stage1", "stage3")):
            heights.setdefault(box.title.partition(".")[0], set()).add(round(where.boxes[box.name].middle[1]))
    assert all(max(found) in {round(where.boxes[box.name].middle[1]) for box in panel.boxes if box.plate == "frame0"} for found in heights.values())
    left, right = (where.plates[name][0] for name in ("frame0", "frame1"))
    assert left.right + 10 < right.left
    for box in panel.boxes:
        frame, rect = where.plates[box.plate][0], where.boxes[box.name]
        assert frame.left < rect.left and rect.right < frame.right and frame.bottom < rect.bottom and rect.top < frame.top


def test_networks_with_places_of_their_own_are_two_panels() -> None:
    view = pair_of(archdsl.load("fractalnet-20"), archdsl.load("unet"), (None, None), PAPER)
    assert [panel.title for panel in view.panels] == ["fractalnet-20", "unet"]


@pytest.mark.parametrize(
    ("name", "blocks", "message"),
    [
        ("pair.html", (None, None), "unknown format"),
        ("pair.svg", ("bottleneck", "agregated"), "did you mean `aggregated`"),
        ("missing/pair.dot", (None, None), "cannot write"),
    ],
)
def test_refusals(tmp_path: Path, name: str, blocks: tuple[str | None, str | None], message: str) -> None:
    with pytest.raises((TargetError, UsageError), match=message):
        render_pair(RESNET, RESNEXT, tmp_path / name, blocks)


def test_one_of_several_networks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`ijepa` has 2 networks"):
        render_pair(RESNET, archdsl.load("ijepa"), tmp_path / "pair.dot")


def test_a_pair_is_drawn(tmp_path: Path) -> None:
    assert "total 32 paths" in render_pair(RESNET, RESNEXT, tmp_path / "pair.svg", ("bottleneck", "aggregated")).read_text()
    assert render_pair(RESNET, RESNET, tmp_path / "same.mmd").read_text().count("stage0") == 2
