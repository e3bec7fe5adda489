"""Forward pass and training step of compiled networks beside hand-written modules with the same weights.

    python benchmarks/running.py [--device cuda] [--rounds 40] [--batch 8] [--size 224]

Pairs are interleaved; the A/A line is the hand-written module against its own copy, so it shows what the noise alone gives. Memory is the peak of
the allocator on an accelerator, and the bytes kept for the backward pass on a CPU.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch
from pairs import interleaved, ratio
from torch import nn

import archdsl
from archdsl.backend.compiling import compile_architecture
from tests.peers import peer

SMALL = """
archdsl: 1
name: hundred-nodes
input: [3, 32, 32]
blocks:
  unit: {args: {width: }, body: [{conv: {out_channels: $width, kernel_size: 3}}, batch_norm, relu]}
net:
  - unit: 16
  - repeat:
      times: 13
      body:
        - skip: [unit: 16, {conv: {out_channels: 16, kernel_size: 3}}, batch_norm]
        - relu
  - global_avg_pool
  - linear: 10
"""


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x
        return self.relu(out)


class Small(nn.Module):
    """The network of ``SMALL`` as one would write it by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
        self.blocks = nn.Sequential(*(Block(16) for _ in range(13)))
        self.fc = nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.blocks(self.stem(x)).mean((2, 3)))


def forward(model: nn.Module, images: torch.Tensor) -> Callable[[], object]:
    def run() -> None:
        with torch.no_grad():
            model(images)
        synchronize(images)

    return run


def step(model: nn.Module, images: torch.Tensor) -> Callable[[], object]:
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)
    labels = torch.zeros(len(images), dtype=torch.long, device=images.device)

    def run() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        synchronize(images)

    return run


def synchronize(images: torch.Tensor) -> None:
    if images.is_cuda:
        torch.cuda.synchronize()


def memory(model: nn.Module, images: torch.Tensor) -> int:
    """Return the bytes that a training step needs at its peak (CUDA), or keeps for its backward pass (CPU)."""
    if images.is_cuda:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        step(model, images)()
        return torch.cuda.max_memory_allocated() - before
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(images).sum()
    return sum(kept.values())


def compare(title: str, theirs: nn.Module, ours: nn.Module, images: torch.Tensor, rounds: int) -> None:
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values())))
    twin = copy.deepcopy(theirs)
    models = {"theirs": theirs, "ours": ours, "again": twin}
    print(f"{title}, {len(images)} x {tuple(images.shape[1:])}")
    for what, make, train in (("forward", forward, False), ("training step", step, True)):
        for model in models.values():
            model.train(train)
        seconds = interleaved({name: make(model, images) for name, model in models.items()}, rounds)
        base = sorted(seconds["theirs"])[rounds // 2]
        own, noise = (ratio(seconds[name], seconds["theirs"]) for name in ("ours", "again"))
        print(f"  {what:14} {1000 * base:8.2f} ms   compiled {own}   A/A {noise}")
    same = [memory(model.train(), images) for model in (theirs, ours)]
    print(f"  memory         {same[0] / 2**20:8.1f} MiB  compiled {same[1] / max(same[0], 1):.3f}")
    with torch.no_grad():
        ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values())))
        print(f"  outputs differ by at most {(ours.eval()(images) - theirs.eval()(images)).abs().max().item():.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--size", type=int, default=160)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    started = time.perf_counter()
    images = torch.randn(options.batch, 3, options.size, options.size, device=options.device)
    theirs = peer("torchvision").models.resnet50().to(options.device)
    compare("ResNet-50", theirs, compile_architecture(archdsl.load("resnet50"), device=options.device), images, options.rounds)
    small = torch.randn(options.batch, 3, 32, 32, device=options.device)
    arch = archdsl.load(SMALL)
    ours = compile_architecture(arch, device=options.device)
    compare(f"{len(arch.graph.nodes)} nodes", Small().to(options.device), ours, small, 10 * options.rounds)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
