"""Commands that ship a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

import archdsl
from archdsl.analysis.fingerprint import fingerprint
from archdsl.cli import app
from tests.peers import peer

NET = "archdsl: 1\nname: tiny\ninput: [4]\nvars: {n: 3}\nnet: [{linear: $n}, relu]\nvariants: {big: {vars: {n: 5}}}\n"
SPACE = "archdsl: 1\ninput: [4]\nvars: {act: {choice: [relu, tanh]}, wide: 8}\nnet: [{linear: $wide}, $act, {linear: {choice: [2, 3]}}]\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    (tmp_path / "space.yaml").write_text(SPACE)
    return tmp_path


def test_the_ending_says_what_is_written(net: Path) -> None:
    assert run("export", "net.yaml", "-o", "net.py").exit_code == 0
    assert "class Tiny(nn.Module):" in Path("net.py").read_text()
    assert run("export", "net.yaml#big", "-o", "big.yml").exit_code == 0
    assert archdsl.load("big.yml").graph.outputs[0].shape.dims == (5,)
    assert run("export", "net.yaml", "-o", "net.pt2").exit_code == 0
    assert torch.export.load("net.pt2").module()(torch.zeros(7, 4)).shape == (7, 3)
    assert run("export", "net.yaml", "--to", "python", "-o", "odd.pt2").exit_code == 0
    assert Path("odd.pt2").read_text().startswith("# tiny")


@pytest.mark.parametrize("seed", range(4))
def test_a_drawn_network_is_a_document_without_holes(net: Path, seed: int) -> None:
    result = run("export", "space.yaml", "--seed", str(seed), "--set", "wide=6", "--to", "yaml")
    assert result.exit_code == 0, result.stderr
    written = archdsl.load(result.stdout)
    assert not written.document.has_holes
    assert fingerprint(written.graph) == fingerprint(archdsl.load("space.yaml", seed=seed, wide=6).graph)


@pytest.mark.parametrize("to", ["onnx", "pt2"])
def test_bytes_need_a_file(net: Path, to: str) -> None:
    result = run("export", "net.yaml", "--to", to)
    assert result.exit_code == 2
    assert f"write `-o net.{to}`" in result.stderr


@pytest.mark.parametrize("to", ["python", "yaml"])
def test_a_text_holds_no_weights(net: Path, to: str) -> None:
    result = run("export", "net.yaml", "--to", to, "--weights", "last.pt")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, f"error[E712]: `--to {to}` holds no weights")


def test_weights_come_from_a_checkpoint(net: Path) -> None:
    result = run("export", "net.yaml", "--to", "pt2", "-o", "net.pt2", "--weights", "missing")
    assert result.exit_code != 0
    assert "missing" in result.stderr
    assert not Path("net.pt2").exists()


# --- bench --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [[], ["--train"], ["--optimize"]])
def test_throughput(net: Path, more: list[str]) -> None:
    found = json.loads(run("bench", "net.yaml", "--rounds", "2", "--batch", "3", "--json", *more).stdout)
    assert found["per_second"]["archdsl"] > 0
    assert (found["batch"], found["step"]) == (3, "training step" if "--train" in more else "forward")
    assert "samples a second" in run("bench", "net.yaml", "--rounds", "2").stdout


def test_beside_another_library(net: Path) -> None:
    peer("torchvision")
    words = ["--against", "torchvision", "--rounds", "2", "--batch", "1", "--set", "input=[3, 32, 32]"]
    found = json.loads(run("bench", "resnet18", *words, "--json").stdout)
    assert found["per_second"].keys() == {"archdsl", "torchvision"}
    low, middle, high = found["ratio"]
    assert low <= middle <= high
    assert len(found["noise"]) == 3
    result = run("bench", "resnet18", *words, "--as", "resnet81")
    assert result.exit_code == 2
    assert "torchvision has no network `resnet81`" in result.stderr


def test_indices_are_measured(net: Path) -> None:
    embedding = "{embedding: {embedding_dim: 8, num_embeddings: 10}}"
    (net / "words.yaml").write_text(f"archdsl: 1\ninputs: {{ids: {{shape: [6], kind: index}}}}\nnet: [{embedding}, {{linear: 2}}]\n")
    assert run("bench", "words.yaml", "--rounds", "2").exit_code == 0


def test_what_cannot_be_measured(net: Path) -> None:
    (net / "two.yaml").write_text("archdsl: 1\ninputs: {a: [4], b: [4]}\nnet: [{merge: add, from: [a, b]}]\n")
    assert "has several inputs" in run("bench", "two.yaml").stderr
    (net / "bare.yaml").write_text("archdsl: 1\nname: bare\ninput: [4]\nnet: [relu]\n")
    assert "`bare` has no parameters" in run("bench", "bare.yaml", "--train", "--rounds", "2").stderr
    assert "what another library calls the network" in run("bench", "net.yaml", "--as", "resnet18").stderr
    assert "is not to be trained" in run("bench", "net.yaml", "--optimize", "--train").stderr
    for device in ("nowhere", "meta"):
        result = run("bench", "net.yaml", "--device", device)
        assert result.exit_code == 2
        assert f"cannot run on `{device}`" in result.stderr
