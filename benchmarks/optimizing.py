"""What `archdsl.optimize` gives for inference, one step after the other: each network beside itself as it was compiled.

    python benchmarks/optimizing.py [--batch 2] [--size 128] [--rounds 15] [--compile] [NETWORK ...]

Pairs are interleaved; a ratio below 1 is a gain. `A/A` is the compiled network against its own copy: what the noise alone gives.
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

PATHS = """
archdsl: 1
name: paths
import: [blocks/residual.yaml, blocks/resnext.yaml]
input: [3, 64, 64]
net:
  - {conv_norm_relu: {out_channels: 64, kernel_size: 3, stride: 2}}
  - repeat:
      over: {width: [64, 64, 128, 128], stride: [1, 1, 2, 1]}
      body: [{aggregated: {width: $width, cardinality: 32, path_width: 4, stride: $stride}}]
  - global_avg_pool
  - linear: 10
"""
"""Four blocks of ResNeXt in the form with 32 paths."""
RESIDUALS = """
archdsl: 1
name: residuals
input: [3, 32, 32]
blocks:
  unit: {args: {width: , stride: 1}, body: [{conv: {out_channels: $width, kernel_size: 3, stride: $stride}}, batch_norm, relu]}
  residuals:
    args: {width: , stride: 1}
    body:
      - skip:
          - branch:
              times: 4
              path: [{unit: {width: $width, stride: $stride}}, {conv: {out_channels: $width, kernel_size: 3}}, batch_norm]
              merge: add
      - relu
net: [{unit: 32}, {residuals: 32}, {residuals: {width: 64, stride: 2}}, {residuals: 64}, global_avg_pool, {linear: 10}]
"""
"""Three blocks of four residual paths each (arXiv:1609.05672), as `branch_patterns` draws them."""
OWN = {"paths": PATHS, "residuals": RESIDUALS}
NETWORKS = (
    *("resnet50", "preresnet50", "wrn-50-2", "resnext50-32x4d", "se-resnet50", "res2net50-26w-4s", "densenet121", "dla34", "vgg11"),
    *("paths", "residuals", "multiresnet-50-2-imagenet"),
    *("googlenet", "inception-v3", "inception-resnet-v1", "xception", "mobilenet-v1", "convnext-tiny", "fractalnet-20", "vit-b-16"),
)


def forward(module: nn.Module, images: torch.Tensor) -> Callable[[], object]:
    def run() -> None:
        with torch.inference_mode():
            module(images)

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--compile", action="store_true", help="also through torch.compile, which takes a minute for each network")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name in options.networks:
        started = time.perf_counter()
        size = {} if name in (*OWN, "vit-b-16", "fractalnet-20") else {"input": [3, options.size, options.size]}
        arch = archdsl.load(OWN.get(name, name), set=size)
        module = archdsl.compile(arch).eval()
        images = torch.randn(options.batch, *arch.graph.inputs[0].shape.dims)
        fast = archdsl.optimize(arch, module)
        last = archdsl.optimize(arch, module, channels_last=True)
        modules = {"plain": module, "again": copy.deepcopy(module), "optimized": fast, "channels-last": last}
        if options.compile:
            modules["torch.compile"] = torch.compile(copy.deepcopy(fast))
        with torch.inference_mode():
            expected = module(images)
            wrong = max(float((each(images) - expected).abs().max() / expected.abs().max()) for each in modules.values())
        seconds = interleaved({key: forward(each, images) for key, each in modules.items()}, options.rounds)
        plain = seconds.pop("plain")
        told = "   ".join(f"{key} {ratio(times, plain)}" for key, times in seconds.items()).replace("again", "A/A")
        middle = 1000 * sorted(plain)[len(plain) // 2]
        print(f"{name:22} {middle:8.1f} ms   {told}   differ by {wrong:.0e}   ({time.perf_counter() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
