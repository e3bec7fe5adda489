"""Networks that train in a blink."""

from __future__ import annotations

TINY = """
archdsl: 1
name: tiny
input: [1, 8, 8]
vars: {classes: 10, width: 8}
net:
  - conv: {out_channels: $width, kernel_size: 3, stride: 2}
  - batch_norm
  - relu
  - dropout: 0.1
  - global_avg_pool
  - linear: $classes
"""
