"""Commands that ship a network and time it: ``export``, ``bench``."""

import json
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from archdsl.cli.files import read_settings, write_or_print
from archdsl.cli.options import Json, Net, Output, Seed, Settings, Variant
from archdsl.errors import Diagnostic, UsageError
from archdsl.writing import write_whole


class Target(str, Enum):
    """What a network is exported to."""

    python = "python"
    onnx = "onnx"
    pt2 = "pt2"
    yaml = "yaml"


_ENDINGS = {".onnx": Target.onnx, ".pt2": Target.pt2, ".yaml": Target.yaml, ".yml": Target.yaml}


def export(
    net: Net,
    to: Annotated[Target | None, typer.Option("--to", help="What to write.  [default: what the ending of FILE says, else python]")] = None,
    output: Output = None,
    weights: Annotated[Path | None, typer.Option(metavar="CHECKPOINT", help="The weights for onnx and pt2: what `train` wrote.")] = None,
    settings: Settings = None,
    variant: Variant = None,
    seed: Seed = 0,
) -> None:
    """Write a network as something that works without archdsl.

    python is source that needs torch and nothing else; onnx and pt2 hold the network in evaluation with its weights, for any size of batch; yaml
    is the document without holes, with the settings filled in.

    \b
    Examples:
      archdsl export resnet50 --to python -o resnet50.py
      archdsl export net.yaml --set classes=10 > net.py
      archdsl export resnet8-digits -o digits.onnx --weights runs/digits
      archdsl export space.yaml --seed 7 --to yaml -o net.yaml
    """
    import archdsl

    target = to or _ENDINGS.get(output.suffix.lower() if output else "", Target.python)
    if weights is not None and target in (Target.python, Target.yaml):
        raise UsageError(Diagnostic("E712", f"`--to {target.value}` holds no weights", None, "leave `--weights` out, or write `--to onnx`"))
    arch = archdsl.load(net, variant, set=read_settings(settings or ()), seed=seed)
    if target is Target.python:
        write_or_print(import_module("archdsl.backend.export").export_python(arch), output)
    elif target is Target.yaml:
        write_or_print(_document(arch), output)
    else:
        if output is None or str(output) == "-":
            raise UsageError(Diagnostic("E712", f"`--to {target.value}` writes a file of bytes", None, f"write `-o net.{target.value}`"))
        saved = import_module("archdsl.training.checkpoints").read_checkpoint(weights) if weights is not None else {}
        writer = getattr(import_module("archdsl.backend.programs"), f"export_{target.value}")
        write_whole(output, writer(arch, saved.get("average") or saved.get("weights"), seed=seed))


def _document(arch: Any) -> str:
    from archdsl.expansion.resolving import resolve
    from archdsl.spec.writing import write_document

    return write_document(resolve(arch.document, arch.expansion, arch.variant, arch.settings, name=arch.name))


class Peer(str, Enum):
    """Whose network runs beside ours."""

    torchvision = "torchvision"
    timm = "timm"


def bench(
    net: Net,
    against: Annotated[Peer | None, typer.Option(help="Run the network of this library in turn with it.", show_default=False)] = None,
    other: Annotated[str | None, typer.Option("--as", metavar="NAME", help="What that library calls the network.")] = None,
    batch: Annotated[int, typer.Option(min=1, metavar="N", help="Samples in a batch.")] = 8,
    train: Annotated[bool, typer.Option("--train", help="Measure forward and backward.")] = False,
    optimized: Annotated[bool, typer.Option("--optimize", help="Measure what archdsl.optimize makes of it.")] = False,
    rounds: Annotated[int, typer.Option(min=2, metavar="N", help="How often each is run.")] = 20,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="Where: cpu, cuda, ...")] = "cpu",
    settings: Settings = None,
    variant: Variant = None,
    as_json: Json = False,
) -> None:
    """Measure the throughput of a compiled network.

    Beside another library's network the ratio of the times is from interleaved pairs, with a 95 % interval; the other one against its own copy
    says what the noise of the machine alone gives.

    \b
    Examples:
      archdsl bench resnet50
      archdsl bench resnet50 --against torchvision --train --batch 4
      archdsl bench wrn-50-2 --against torchvision --as wide_resnet50_2
    """
    import archdsl

    arch = archdsl.load(net, variant, set=read_settings(settings or ()))
    measure: Any = import_module("archdsl.backend.throughput").measure_throughput
    how = {"batch": batch, "train": train, "rounds": rounds, "device": device, "optimized": optimized}
    found = measure(arch, against.value if against else None, other, **how)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=2))
        return
    shape = arch.graph.inputs[0].shape
    lines = [f"\n {found.name}   {found.step}, {batch} x {shape}, {device}, median of {rounds} rounds\n"]
    lines += [f" {name:<12}{rate:10.1f} samples a second" for name, rate in found.per_second.items()]
    if found.beside is not None:
        lines += [f" {'ratio':<12}{found.beside!s:>24}   of our time to theirs", f" {'A/A':<12}{found.noise!s:>24}   of theirs to its copy"]
    typer.echo("\n".join([*lines, ""]))


COMMANDS = (export, bench)
