"""Time to load, validate, expand and count ResNet-50 from fresh text, beside the tools that count a module which is already built.

The network stands alone in its document, or is one of a family with an imported library.

    python benchmarks/counting.py [rounds]

Prints medians and ratios; nothing is remembered between the rounds, and every round gets a text of its own.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch
from pairs import interleaved, ratio
from torch.utils.flop_counter import FlopCounterMode

import archdsl
from archdsl.spec.catalogue import shipped_folder
from tests.peers import peer

PARAMS, MACS = 25_557_032, 4_089_184_256
ALONE = """
archdsl: 1
name: resnet50
input: [3, 224, 224]
vars: {classes: 1000, widths: [64, 128, 256, 512], depths: [3, 4, 6, 3]}
blocks:
  conv_norm:
    args: {out_channels: , kernel_size: 1, stride: 1}
    body:
      - conv: {out_channels: $out_channels, kernel_size: $kernel_size, stride: $stride}
      - batch_norm
  bottleneck:
    args: {width: , stride: 1}
    body:
      - skip:
          - conv_norm: $width
          - relu
          - conv_norm: {out_channels: $width, kernel_size: 3, stride: $stride}
          - relu
          - conv_norm: $(4 * width)
      - relu
net:
  - conv_norm: {out_channels: 64, kernel_size: 7, stride: 2}
  - relu
  - max_pool: {kernel_size: 3, stride: 2, padding: 1}
  - repeat:
      over: {width: $widths, depth: $depths}
      index: stage
      body:
        - repeat: {times: $depth, index: i, body: [{bottleneck: {width: $width, stride: $(2 if stage > 0 and i == 0 else 1)}}]}
  - global_avg_pool
  - linear: $classes
"""


def ours(text: str, variant: str | None = None) -> Callable[[], object]:
    number = itertools.count()

    def run() -> None:
        cost = archdsl.analyze(archdsl.load(f"# {next(number)}\n{text}", variant))
        assert (cost.params, cost.macs) == (PARAMS, MACS)

    return run


def flop_counter(model: torch.nn.Module, images: torch.Tensor) -> Callable[[], object]:
    def run() -> None:
        with FlopCounterMode(display=False) as counter:
            model(images)
        assert counter.get_total_flops() == 2 * MACS

    return run


def peers() -> dict[str, Callable[[], object]]:
    model = peer("torchvision").models.resnet50().to("meta").eval()
    images = torch.zeros(1, 3, 224, 224, device="meta")
    found = {"FlopCounterMode (meta)": flop_counter(model, images)}
    with contextlib.suppress(ImportError):
        from torchinfo import summary

        found["torchinfo (meta)"] = lambda: summary(model, input_data=images, verbose=0, device="meta")
    with contextlib.suppress(ImportError):
        from fvcore.nn import FlopCountAnalysis

        logging.getLogger("fvcore").setLevel(logging.ERROR)
        real, pixels = peer("torchvision").models.resnet50().eval(), torch.zeros(1, 3, 224, 224)  # it traces, which torch refuses on meta
        found["fvcore (CPU)"] = lambda: FlopCountAnalysis(real, pixels).unsupported_ops_warnings(False).uncalled_modules_warnings(False).total()
    return found


def check_process() -> list[float]:
    """Return seconds of `archdsl check resnet50` as a process, with compiled modules cached as they are for users."""
    command = [sys.executable, "-c", "from archdsl.cli import main; main()", "check", "resnet50"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    seconds = []
    for _ in range(9):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment)
        seconds.append(time.perf_counter() - start)
    return seconds


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    torch.set_num_threads(1)
    family = (shipped_folder() / "resnet.yaml").read_text()
    subjects = {"archdsl, one document": ours(ALONE), "archdsl, the whole family": ours(family, "resnet50"), **peers()}
    with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        seconds = interleaved(subjects, rounds)
    own = seconds["archdsl, one document"]
    print(f"ResNet-50, {rounds} interleaved rounds, medians")
    for name, times in seconds.items():
        beside = "" if times is own else f"   {1 / ratio(own, times).middle:6.1f} times as long"
        print(f"  {name:26} {1000 * statistics.median(times):9.2f} ms{beside}")
    fastest = min((times for name, times in seconds.items() if not name.startswith("archdsl")), key=statistics.median)
    print(f"  against the fastest of them: {1 / ratio(own, fastest).high:.1f} times faster (lower confidence bound)")
    checks = check_process()
    print(f"archdsl check resnet50, as a process: {statistics.median(checks):.3f} s (fastest {min(checks):.3f} s)")


if __name__ == "__main__":
    main()
