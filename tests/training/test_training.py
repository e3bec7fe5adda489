"""Training: seeds, resuming, interruptions, what is written."""

from __future__ import annotations

import csv
import errno
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from matplotlib.figure import Figure

import archdsl
from archdsl.errors import ArchError, TargetError, UsageError
from archdsl.training import loop, plotting, progress
from archdsl.training.batches import Batches
from archdsl.training.checkpoints import read_checkpoint, write_checkpoint
from archdsl.training.datasets import load_data, make_dataset
from archdsl.training.evaluation import evaluate
from archdsl.training.fit import train
from archdsl.training.optimizers import build_optimizer
from archdsl.training.recipes import load_recipe
from archdsl.training.run import Run
from tests.training.networks import TINY

AVERAGED = """
recipe: 1
name: averaged
epochs: 6
batch_size: 100
optimizer: {adamw: {lr: 0.01, weight_decay: 0.05}}
schedule: {steps: {at: [4], warmup_epochs: 1}}
clip: 1.0
ema: 0.99
"""


def fit(out: Path, **options: Any) -> Run:
    """Train the tiny network quietly on one thread."""
    return train(TINY, out=out, progress=False, devices="cpu", **options)


def curve(run: Run) -> list[dict[str, Any]]:
    """Return the history without times."""
    return [{name: value for name, value in asdict(row).items() if name != "seconds"} for row in run.history]


def test_equal_seeds_give_equal_runs_and_others_do_not(tmp_path: Path) -> None:
    first, again, other = (fit(tmp_path / name, epochs=2, seed=seed) for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    assert curve(first) == curve(again)
    assert curve(first) != curve(other)
    for one, two in zip(first.model.state_dict().values(), again.model.state_dict().values()):
        assert torch.equal(one, two)


def test_training_leaves_the_generator_and_the_threads_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    fit(tmp_path, epochs=1)
    assert torch.equal(state, torch.get_rng_state())
    assert threads == torch.get_num_threads()


@pytest.mark.parametrize("recipe", ["digits", AVERAGED])
def test_an_interrupted_run_goes_on_as_if_nothing_had_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str) -> None:
    whole = fit(tmp_path / "whole", recipe=recipe, epochs=6)

    def interrupted(self: Any, epoch: int) -> None:
        if epoch == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(progress.Display, "start_epoch", interrupted)
        with pytest.raises(KeyboardInterrupt, match=r"last.pt` holds 3 of 6 epochs; the same call with `--resume`"):
            fit(tmp_path / "parts", recipe=recipe, epochs=6)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(UsageError, match="holds an unfinished run: 3 of 6 epochs"):
        fit(tmp_path / "parts", recipe=recipe, epochs=6)
    resumed = fit(tmp_path / "parts", resume=True)
    assert curve(resumed) == curve(whole)
    for one, two in zip(resumed.model.state_dict().values(), whole.model.state_dict().values()):
        assert torch.equal(one, two)


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is another error there")
def test_a_pipe_that_is_closed_while_training_is_no_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with monkeypatch.context() as patch, pytest.raises(BrokenPipeError) as caught, os.fdopen(writer, "w", buffering=1) as pipe:
        patch.setattr(sys, "stdout", pipe)
        train(TINY, out=tmp_path, devices="cpu", epochs=4, on_epoch=lambda row: os.close(reader))
    assert caught.value.errno == errno.EPIPE
    assert read_checkpoint(tmp_path)["epoch"] == 2


@pytest.mark.parametrize("extra", ["", "augment: [{pad_crop: 1}, {cutout: 2}]\nmixup: 0.4\ncutmix: 1.0\n"])
def test_a_run_goes_on_in_the_middle_of_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    recipe = AVERAGED.replace("epochs: 6", "epochs: 5").replace("batch_size: 100", "batch_size: 200") + extra
    whole = fit(tmp_path / "whole", recipe=recipe)
    for stop in (5, 19, 13):
        steps = iter(range(1, 100))

        def step(self: Any, steps: Any = steps, stop: int = stop) -> None:
            if next(steps) == stop:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(progress.Display, "step", step)
            with pytest.raises(KeyboardInterrupt, match=r"last.pt` holds \d of 5 epochs"):
                fit(tmp_path / "parts", recipe=recipe, resume=True, checkpoint_every=0)
        saved = read_checkpoint(tmp_path / "parts")
        assert saved["within"]["steps"] in range(1, 8)
        for name in ("batch_norm.running_mean", "batch_norm.running_var"):
            assert torch.equal(saved["average"][name], saved["weights"][name]), "who evaluates it needs the statistics that belong to its weights"
    resumed = fit(tmp_path / "parts", resume=True, checkpoint_every=0)
    assert curve(resumed) == curve(whole)
    for one, two in zip(resumed.model.state_dict().values(), whole.model.state_dict().values()):
        assert torch.equal(one, two)


def test_a_finished_run_is_given_back_or_made_longer(tmp_path: Path) -> None:
    done = fit(tmp_path, epochs=1)
    assert curve(fit(tmp_path, resume=True)) == curve(done)
    longer = fit(tmp_path, epochs=3, resume=True)
    assert [row.epoch for row in longer.history] == [1, 2, 3]
    assert longer.history[0] == done.history[0]
    assert len(fit(tmp_path, epochs=1).history) == 1


def test_resuming_where_nothing_is_yet_starts_anew(tmp_path: Path) -> None:
    assert len(fit(tmp_path, epochs=1, resume=True).history) == 1


def test_resuming_refuses_another_run(tmp_path: Path) -> None:
    fit(tmp_path, epochs=1)
    with pytest.raises(UsageError) as caught:
        fit(tmp_path, resume=True, recipe="cosine", seed=1)
    assert str(caught.value) == (
        f"error[E808]: `{tmp_path / 'last.pt'}` is of another run: it differs in the recipe and the seed\n"
        "  = help: name another folder with `--out`, or leave out what differs"
    )
    with pytest.raises(UsageError, match="differs in the network"):
        train(TINY.replace("width: 8", "width: 9"), out=tmp_path, resume=True, progress=False)


@pytest.mark.parametrize("recipe", ["digits", AVERAGED])
def test_evaluating_gives_what_training_reported(tmp_path: Path, recipe: str) -> None:
    run = fit(tmp_path, recipe=recipe, epochs=2)
    found = evaluate(run.checkpoint)
    assert (found.accuracy, found.loss, found.count) == (run.accuracy, run.loss, 360)
    assert evaluate(tmp_path).as_dict() == found.as_dict()
    assert (found.data, sum(row.count for row in found.classes)) == ("digits", 360)
    assert sum(row.right for row in found.classes) == round(360 * run.accuracy)
    best = max(run.history, key=lambda row: row.test_accuracy)
    assert evaluate(tmp_path / "best.pt").accuracy == best.test_accuracy
    digits = load_data("digits")
    ((images, labels),) = Batches(digits.x_test, digits.y_test, 360, digits.mean, digits.std)
    assert (run.model(images).argmax(1) == labels).float().mean().item() == pytest.approx(run.accuracy)


def test_evaluation_takes_the_data_of_the_training_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    digits = load_data("digits")
    arrays = {name: getattr(digits, name)[::9] for name in ("x_train", "y_train", "x_test", "y_test")}
    numpy.savez("few.npz", **arrays)
    run = fit(tmp_path / "run", data="few.npz", epochs=1)
    found = evaluate(run.out)
    assert (found.data, found.count, found.accuracy) == ("few.npz", 40, run.accuracy)
    assert evaluate(run.out, "digits").as_dict()["data"] == "digits"
    Path("few.npz").rename("moved.npz")
    with pytest.raises(UsageError) as caught:
        evaluate(run.out)
    note = "the network was trained on `few.npz`; `--data` names other data, or where they are now"
    assert str(caught.value).startswith(f"error[E801]: there is no file `few.npz`\n  = note: {note}")
    made = fit(tmp_path / "made", data=make_dataset("my own", arrays), epochs=1)
    with pytest.raises(UsageError) as caught:
        evaluate(made.out)
    assert str(caught.value) == (
        "error[E801]: the network was trained on `my own`, which is no data set that can be found by its name\n  = help: name the data: `--data`"
    )


@pytest.mark.parametrize("device", ["cuda:99", "nowhere", "meta"])
def test_devices_that_are_not_there(tmp_path: Path, device: str) -> None:
    run = fit(tmp_path, epochs=1)
    with pytest.raises(UsageError, match=rf"error\[E810\]: cannot compute on `{device}`: "):
        evaluate(run.out, device=device)


def test_a_run_of_an_older_version_goes_on(tmp_path: Path) -> None:
    whole = fit(tmp_path / "whole", epochs=2)
    fit(tmp_path / "parts", epochs=1)
    saved = read_checkpoint(tmp_path / "parts")
    for name in ("source", "names"):
        del saved["data"][name]
    write_checkpoint(tmp_path / "parts" / "last.pt", {**saved, "epochs": 2, "recipe": saved["recipe"]})
    assert evaluate(tmp_path / "parts", "digits").count == 360
    assert len(fit(tmp_path / "parts", resume=True, epochs=2).history) == len(whole.history)


def test_what_is_written(tmp_path: Path) -> None:
    run = fit(tmp_path / "deep" / "folder", epochs=2)
    assert sorted(path.name for path in run.out.iterdir()) == ["best.pt", "curve.png", "history.csv", "last.pt"]
    with (run.out / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[-1]["test_accuracy"]) == pytest.approx(run.accuracy, rel=1e-5)
    assert (run.out / "curve.png").read_bytes().startswith(b"\x89PNG")
    saved = read_checkpoint(run.checkpoint)
    assert saved["network"]["name"] == "tiny"
    assert saved["data"]["train"] == 1437
    assert saved["recipe"]["name"] == "digits"
    assert run.as_dict()["accuracy"] == run.accuracy


def test_a_checkpoint_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.pt"
    write_checkpoint(path, {"epoch": 1})
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(TargetError) as caught:
            write_checkpoint(path, {"epoch": 2})
    assert str(caught.value) == f"error[E809]: cannot write `{path}`: no space left on device"
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["last.pt"]


def test_files_that_are_no_checkpoints(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> Any:
            return os.system, ("touch " + str(tmp_path / "harm"),)

    content = {"none": b"", "text": b"hello", "numpy": numpy.zeros(3).tobytes()}
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    torch.save({"archdsl": 1, "x": Harmful()}, tmp_path / "code")
    for name in (*content, "code"):
        with pytest.raises(UsageError) as caught:
            read_checkpoint(tmp_path / name)
        assert str(caught.value) == f"error[E807]: `{tmp_path / name}` is no checkpoint, or is damaged"
    assert not (tmp_path / "harm").exists()
    torch.save({"other": 1}, tmp_path / "other")
    torch.save({"archdsl": 99}, tmp_path / "later")
    torch.save({"archdsl": 1}, tmp_path / "bare")
    messages = {
        "bare": "is damaged: it has no `network`, `recipe`, ",
        "other": "is no checkpoint of archdsl",
        "later": "has format 99, and this version reads format 1",
        "absent": "there is no",
    }
    for name, message in messages.items():
        with pytest.raises(UsageError, match=message):
            read_checkpoint(tmp_path / name)


def test_a_run_that_diverges_stops_and_keeps_its_last_checkpoint(tmp_path: Path) -> None:
    wild = "recipe: 1\nepochs: 4\nbatch_size: 100\noptimizer: {sgd: {lr: 1e30}}\n"
    with pytest.raises(UsageError) as caught:
        fit(tmp_path, recipe=wild)
    assert str(caught.value) == (
        "error[E811]: the loss is not finite in epoch 1\n  = help: in the recipe: a smaller `lr` than 1e+30, more `warmup_epochs`, or `clip: 1.0`"
    )
    assert not (tmp_path / "last.pt").exists()


def test_a_run_whose_last_step_ruins_the_weights_is_no_success(tmp_path: Path) -> None:
    wild = "recipe: 1\nepochs: 1\nbatch_size: 2000\noptimizer: {sgd: {lr: 1e30}}\n"
    with pytest.raises(UsageError, match="E811]: the loss on the test images is not finite in epoch 1\n"):
        fit(tmp_path, recipe=wild)
    assert not (tmp_path / "last.pt").exists()


def test_a_folder_takes_one_run_at_a_time(tmp_path: Path) -> None:
    def second(_: Any) -> None:
        with pytest.raises(UsageError, match=f"another run is writing into the folder `{tmp_path}`"):
            fit(tmp_path, epochs=5, resume=True)

    first = fit(tmp_path, epochs=2, on_epoch=second)
    assert len(first.history) == 2
    assert fit(tmp_path, epochs=3, resume=True).history[:2] == first.history


def test_machines_that_nobody_named_are_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(UsageError, match="nothing says where the 2 machines of `nodes` are"):
        train(TINY, files=False, progress=False, devices="cpu", nodes=2)


def test_the_curve_of_one_epoch_has_one_epoch() -> None:
    axes = Figure().subplots()
    plotting._panel(axes, [1], [2.0], [1.0], "loss")
    assert list(axes.get_xticks()) == [1]


def test_norms_of_one_value_and_too_little_memory_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "archdsl: 1\ninput: [1, 8, 8]\nnet: [global_avg_pool, {linear: 4}, batch_norm, {linear: 10}]"
    with pytest.raises(UsageError, match="a norm of the network has one value of each channel, in a batch of one image"):
        train(text, recipe="recipe: 1\nepochs: 1\nbatch_size: 1\noptimizer: {sgd: {lr: 0.1}}\n", files=False, progress=False, devices="cpu")

    def full(*_: Any) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(loop, "_fit", full)
    with pytest.raises(UsageError, match="there is too little memory to train with batches of 64 images"):
        fit(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epoch": 3}, "training has no option `epoch`"),
        ({"epochs": 0}, "`epochs` must be a whole number from 1, got `0`"),
        ({"seed": -1}, "`seed` must be a whole number from 0 to 2**32 - 1, got `-1`"),
        ({"devices": "gpus"}, "`devices` must be `auto`, `cpu`, `cpu:2` or a number from 1, got `gpus`"),
        ({"devices": "cpu:0"}, "`devices` must be `auto`, `cpu`, `cpu:2` or a number from 1, got `cpu:0`"),
        ({"checkpoint_every": -1}, "`checkpoint_every` must be a number of minutes, got `-1`"),
        ({"nodes": 0}, "`nodes` must be a whole number from 1, got `0`"),
        ({"sync_norm": True, "devices": "cpu:2"}, "`sync_norm` needs accelerators"),
        ({"strategy": "dp"}, "`strategy` must be `auto`, `ddp`, `fsdp`, got `dp`"),
        ({"precision": "8"}, "`precision` must be `32`, `bf16`, `16`, got `8`"),
    ],
)
def test_wrong_options(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArchError) as caught:
        train(TINY, out=tmp_path, **options)
    assert [each.message for each in caught.value.diagnostics] == [message]


def test_folders_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetError, match="cannot make the folder"):
        fit(tmp_path / "file" / "deeper", epochs=1)


def test_folders_that_cannot_be_written_are_found_before_the_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(TargetError, match=r"cannot write into the folder `.*`: permission denied"):
        fit(tmp_path, epochs=1)


@pytest.mark.parametrize("name", ["last.pt", "best.pt", "history.csv", "curve.png"])
@pytest.mark.parametrize("resume", [False, True])
def test_folders_in_place_of_files_are_found_before_the_first_step(tmp_path: Path, name: str, resume: bool) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(TargetError) as caught:
        fit(tmp_path, epochs=1, resume=resume)
    assert str(caught.value) == f"error[E809]: `{tmp_path}` holds a folder `{name}`, and a run writes a file of that name"
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_norms_and_biases_are_not_decayed() -> None:
    network = archdsl.compile(archdsl.load(TINY))
    decayed, spared = build_optimizer(network, load_recipe(AVERAGED)).param_groups
    assert (decayed["weight_decay"], spared["weight_decay"]) == (0.05, 0.0)
    assert [tuple(each.shape) for each in decayed["params"]] == [(8, 1, 3, 3), (10, 8)]
    assert [tuple(each.shape) for each in spared["params"]] == [(8,), (8,), (10,)]


def test_batches_are_even_complete_and_follow_seed_and_epoch() -> None:
    images, labels = numpy.arange(23, dtype=numpy.float32).reshape(23, 1, 1, 1), numpy.arange(23)
    batches = Batches(images, labels, 6, [0.0], [1.0], seed=1)
    first = [each.tolist() for _, each in batches]
    assert sorted(map(len, first)) == [5, 6, 6, 6]
    assert sorted(label for each in first for label in each) == list(range(23))
    assert [each.tolist() for _, each in batches] == first
    batches.epoch = 1
    assert [each.tolist() for _, each in batches] != first
    batches.epoch, batches.world = 0, 2
    halves = []
    for batches.rank in (0, 1):
        halves.append([each.tolist() for _, each in batches])
    assert [sorted(one + two) for one, two in zip(*halves)] == [sorted(each) for each in first]


def test_without_a_terminal_there_are_whole_lines_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(TINY, out=tmp_path, epochs=2, devices="cpu")
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0] == "tiny (178 parameters) on digits: 1,437 train, 360 test images"
    assert lines[1] == f"recipe digits, seed 0, CPU, writing to {tmp_path}"
    assert lines[2].split() == ["epoch", "train", "loss", "train", "acc", "test", "loss", "test", "acc", "lr", "time"]
    assert [line.split()[0] for line in lines[3:]] == ["1/2", "2/2"]
    assert "\x1b" not in captured.out
    assert captured.err == ""


def test_odd_names_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    run = train(TINY.replace("name: tiny", r'name: "../a [31m $x$ [red]"'), epochs=1, devices="cpu")
    assert run.out == Path("runs/a_31m_x_red-digits-seed0")
    assert "../a [31m $x$ [red]" in capsys.readouterr().out


def test_the_shipped_network_learns_the_digits(tmp_path: Path) -> None:
    run = train("resnet8-digits", out=tmp_path, epochs=2, devices="cpu", progress=False)
    assert run.accuracy > 0.95


def test_reading_and_checking_import_no_torch() -> None:
    heavy = "{'torch', 'lightning', 'numpy'}"
    program = f"import sys, archdsl.training.recipes as recipes; recipes.load_recipe('digits'); assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_full_disk_ends_a_run_with_one_line_and_leaves_what_was_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fit(tmp_path / "whole", epochs=3)
    calls = iter(range(100))

    def full(_: int) -> None:
        if next(calls) >= 4:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(TargetError, match=r"error\[E809\]: cannot write `.*`: no space left on device"):
            fit(tmp_path / "parts", epochs=3)
    done = read_checkpoint(tmp_path / "parts")["epoch"]
    assert done in (1, 2)
    assert curve(fit(tmp_path / "parts", resume=True)) == curve(whole)
