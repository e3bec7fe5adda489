"""Exported files run where archdsl is not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import archdsl
from archdsl.backend.compiling import compile_architecture
from archdsl.backend.export import export_python

CHECK = """
import sys
sys.modules["archdsl"] = None
import torch, exported
from exported import {name}
model = {name}().eval()
model.load_state_dict(torch.load("weights.pt", weights_only=True))
torch.save(model(torch.load("input.pt")), "output.pt")
"""


@pytest.mark.parametrize(
    ("name", "settings", "written"),
    [
        ("resnet18", {"input": [3, 32, 32], "widths": [8, 8, 8, 8]}, "Resnet"),
        ("convnext-tiny", {"input": [3, 32, 32], "widths": [8, 8, 8, 8]}, "Convnext"),
        ("distorted-mnist-st-cnn-tps", {}, "SpatialTransformer"),
    ],
)
def test_the_file_computes_what_the_module_does(name: str, settings: dict[str, object], written: str, tmp_path: Path) -> None:
    arch = archdsl.load(name, set=settings)
    model = compile_architecture(arch, seed=0).eval()
    images = torch.randn(2, *arch.graph.inputs[0].shape.dims)
    text = export_python(arch)
    (tmp_path / "exported.py").write_text(text)
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    torch.save(images, tmp_path / "input.pt")
    (found,) = [line.split()[1].partition("(")[0] for line in text.splitlines() if line.startswith("class ") and written in line]
    subprocess.run([sys.executable, "-c", CHECK.format(name=found)], cwd=tmp_path, check=True)
    torch.testing.assert_close(torch.load(tmp_path / "output.pt"), model(images))


def test_several_networks_stand_in_one_file() -> None:
    text = "archdsl: 1\nnetworks: {a: {input: [4], net: [{drop_path: 0.1}]}, b: {input: [2], net: [{drop_path: 0.2}]}}"
    source = export_python(archdsl.load(text))
    classes = [line for line in source.splitlines() if line.startswith("class ")]
    assert classes == ["class DropPath(nn.Module):", "class A(nn.Module):", "class B(nn.Module):"]


def test_a_network_named_like_a_helper() -> None:
    source = export_python(archdsl.load("{archdsl: 1, name: drop path, input: [4], net: [{drop_path: 0.1}]}"))
    assert "class DropPathNet(nn.Module):" in source


@pytest.mark.parametrize("name", ["x; import os", '"""', "\\n", "# x"])
def test_names_stay_in_the_comment(name: str) -> None:
    source = export_python(archdsl.load(f"archdsl: 1\nname: {json.dumps(name)}\ninput: [4]\nnet: [relu]"))
    assert source.isprintable() or all(char == "\n" or char.isprintable() for char in source)
    assert source.splitlines()[0].startswith("# ")
    assert source.splitlines()[2] == "import torch"
    compile(source, "exported", "exec")


def test_a_library_has_nothing_to_export() -> None:
    with pytest.raises(archdsl.UsageError, match="library of blocks"):
        export_python(archdsl.load("archdsl: 1\nblocks: {unit: {body: [relu]}}"))
