"""How many networks of a space are drawn, expanded, counted and fingerprinted in a second, on one core, with no files written.

    python benchmarks/sampling.py [rounds] [--peers]

Each round draws networks that were not drawn before, from a space that is read afresh: what equal block calls gave is remembered within a round only.
With ``--peers`` the cells of NAS-Bench-201 are also built as torch modules and counted as others count them: on the real device or on meta, their
parameters alone, with torch's own counter, and with fvcore where it is installed. Times are those of the processor.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archdsl.errors import ExpansionError
from archdsl.searching.space import Space

SPACES = {"nasbench201": 1000, "branch_patterns": 500, "nasbench101": 100, "regnet": 200, "fractal_grammar": 200}
"""The spaces, and how many draws a round takes."""


def sampled(name: str, draws: int, first: int) -> float:
    """Return the seconds that a draw of a space takes."""
    space = Space.load(name)
    started = time.process_time()
    for seed in range(first, first + draws):
        try:
            sample = space.draw(seed)
        except ExpansionError:
            continue
        assert sample.cost.nodes
        assert sample.fingerprint
    return (time.process_time() - started) / draws


def report(name: str, seconds: list[float]) -> None:
    """Print the median, and the range, of the rounds."""
    middle = statistics.median(seconds)
    print(f"{name:44} {1000 * middle:8.2f} ms {1 / middle:8,.0f} a second   ({1 / max(seconds):,.0f} to {1 / min(seconds):,.0f})", flush=True)


def peers(rounds: int, draws: int = 10) -> None:
    """Print what it takes to build the same networks as torch modules and to count those."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    torch.set_num_threads(1)

    def params(model: Any, _: Any) -> int:
        return sum(each.numel() for each in model.parameters())

    def flops(model: Any, images: Any) -> int:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model.eval()(images)
        return int(counter.get_total_flops()) + params(model, images)

    counts: dict[str, tuple[str, Callable[[Any, Any], int]]] = {
        "torch module, parameters": ("cpu", params),
        "torch module on meta, parameters": ("meta", params),
        "torch module, FlopCounterMode": ("cpu", flops),
        "torch module on meta, FlopCounterMode": ("meta", flops),
    }
    try:
        from fvcore.nn import FlopCountAnalysis

        counts["torch module, fvcore"] = ("cpu", lambda model, images: int(_quiet(FlopCountAnalysis(model.eval(), images)).total()))
    except ImportError:
        print("fvcore is not installed")
    for name, (device, count) in counts.items():
        seconds = []
        for number in range(rounds):
            started = time.process_time()
            for seed in range(number * draws, (number + 1) * draws):
                with torch.device(device):
                    assert count(_network(seed), torch.zeros(1, 3, 32, 32)) > 0
            seconds.append((time.process_time() - started) / draws)
        report(name, seconds)


def _quiet(analysis: Any) -> Any:
    return analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)


def _network(seed: int) -> Any:
    """Return a network of NAS-Bench-201 as a torch module, with six ops that are drawn for its cell."""
    import random

    from torch import nn

    drawn = random.Random(seed)
    ops = [drawn.choice(("none", "skip", "conv1", "conv3", "pool")) for _ in range(6)]

    def conv(into: int, out: int, kernel: int, stride: int = 1) -> nn.Module:
        return nn.Sequential(nn.ReLU(), nn.Conv2d(into, out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(out))

    class Zero(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * 0

    def edge(op: str, width: int) -> nn.Module:
        if op == "none":
            return Zero()
        if op == "pool":
            return nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        return nn.Identity() if op == "skip" else conv(width, width, int(op[-1]))

    class Cell(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.edges = nn.ModuleList(edge(op, width) for op in ops)

        def forward(self, x: Any) -> Any:
            e = self.edges
            first = e[0](x)
            second = e[1](x) + e[2](first)
            return e[3](x) + e[4](first) + e[5](second)

    class Reduce(nn.Module):
        def __init__(self, into: int, out: int) -> None:
            super().__init__()
            self.body = nn.Sequential(conv(into, out, 3, 2), conv(out, out, 3))
            self.way = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(into, out, 1, bias=False))

        def forward(self, x: Any) -> Any:
            return self.body(x) + self.way(x)

    stages = [layer for width in (16, 32, 64) for layer in ([Reduce(width // 2, width)] if width > 16 else []) + [Cell(width) for _ in range(5)]]
    stem = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)]
    return nn.Sequential(*stem, *stages, nn.BatchNorm2d(64), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def main(arguments: list[str]) -> None:
    """Print how fast spaces are drawn from."""
    rounds = next((int(word) for word in arguments if word.isdigit()), 5)
    for name, draws in SPACES.items():
        report(name, [sampled(name, draws, number * draws) for number in range(rounds)])
    if "--peers" in arguments:
        peers(rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
