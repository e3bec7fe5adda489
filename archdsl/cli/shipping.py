"""Commands that ship a network and time it: ``export``, ``bench``."""

from __future__ import annotations

from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from archdsl.cli.files import read_settings, write_or_print, write_whole
from archdsl.cli.options import Net, Output, Seed, Settings, Variant
from archdsl.errors import Diagnostic, UsageError


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
      archdsl export resnet8-digits -o digits.onnx --weights runs/resnet8-digits-digits-seed0
      archdsl export space.yaml --seed 7 --to yaml -o net.yaml
    """
    import archdsl

    target = to or _ENDINGS.get(output.suffix.lower() if output else "", Target.python)
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


COMMANDS = (export,)
