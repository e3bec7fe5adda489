"""Small networks, one for every kind of picture."""

from __future__ import annotations

from typing import Final

_UNIT: Final = "  unit: {args: {width: , stride: 1}, body: [{conv: {out_channels: $width, kernel_size: 3, stride: $stride}}, batch_norm, relu]}"

DOCUMENTS: Final[dict[str, str]] = {
    "residual": f"""
archdsl: 1
input: [3, 32, 32]
blocks:
{_UNIT}
  block:
    args: {{width: , stride: 1}}
    body: [{{skip: [{{unit: {{width: $width, stride: $stride}}}}, {{conv: {{out_channels: $width, kernel_size: 3}}}}, batch_norm]}}, relu]
net:
  - unit: 16
  - repeat:
      over: {{width: [16, 32], depth: [3, 2]}}
      index: stage
      body: [{{repeat: {{times: $depth, index: i, body: [{{block: {{width: $width, stride: $(2 if stage > 0 and i == 0 else 1)}}}}]}}}}]
  - global_avg_pool
  - linear: 10
""",
    "branch": """
archdsl: 1
input: [16, 8, 8]
net:
  - branch:
      merge: concat
      paths: [[{conv: 8}], [{conv: 4}, {conv: {out_channels: 8, kernel_size: 3}}], [{max_pool: {kernel_size: 3, stride: 1, padding: 1}}, {conv: 8}]]
  - relu
""",
    "dense": """
archdsl: 1
input: [8, 8, 8]
blocks:
  layer: {body: [batch_norm, relu, {conv: 16}, batch_norm, relu, {conv: {out_channels: 4, kernel_size: 3}}]}
net: [{repeat: {times: 7, index: i, body: [{skip: {body: [layer], merge: concat}}]}}, global_avg_pool]
""",
    "split": """
archdsl: 1
input: [16, 8, 8]
net:
  - branch:
      split: channels
      times: 4
      index: i
      chain: {merge: add, when: $(i > 1)}
      path: [{conv: {out_channels: 4, kernel_size: 3}, when: $(i > 0)}]
      merge: concat
  - conv: 16
""",
    "fractal": """
archdsl: 1
input: [8, 8, 8]
blocks:
  fractal:
    args: {columns: }
    body:
      - if: $(columns == 1)
        then: [{conv: {out_channels: 8, kernel_size: 3}}, relu]
        else:
          - branch:
              merge: join
              paths: [[{fractal: 1}], [{fractal: $(columns - 1)}, {fractal: $(columns - 1)}]]
net: [{conv: 8}, {fractal: 3}, {max_pool: 2}, {fractal: 3}, global_avg_pool]
""",
    "recursion": """
archdsl: 1
input: [4, 32, 32]
blocks:
  level:
    args: {depth: , width: }
    body:
      - {conv: {out_channels: $width, kernel_size: 3}}
      - relu
      - if: $(depth > 0)
        then:
          - skip: {merge: concat, body: [{max_pool: 2}, {level: {depth: $(depth - 1), width: $(2 * width)}}, {upsample: 2}]}
          - {conv: {out_channels: $width, kernel_size: 3}}
          - relu
net: [{level: {depth: 3, width: 8}}, {conv: 1}]
""",
    "paths": """
archdsl: 1
input: [16, 8, 8]
blocks:
  unit: {body: [{skip: [{branch: {times: 8, merge: add, path: [{conv: 4}, relu, {conv: 16}]}}]}]}
net: [{repeat: {times: 3, body: [unit]}}]
""",
    "shared": """
archdsl: 1
input: [8, 8, 8]
blocks: {unit: {body: [{conv: {out_channels: 8, kernel_size: 3}}, relu, {conv: 8}]}}
net: [{where: {F: [unit]}}, {branch: {paths: [[], [F], [F, F]], merge: add}}]
""",
}

BRANCHED: Final = """
archdsl: 1
name: branched
input: [3, 32, 32]
blocks:
  unit: {args: {width: , stride: 1}, body: [{conv: {out_channels: $width, kernel_size: 3, stride: $stride}}, batch_norm, relu]}
  rows:
    args: {width: }
    body:
      - branch:
          merge: concat
          paths:
            - [{unit: $width}]
            - [{unit: $width}, {unit: $width}]
            - [{max_pool: {kernel_size: 3, stride: 1, padding: 1}}]
      - conv: $width
net:
  - unit: {width: 16}
  - repeat: {times: 3, index: i, body: [{rows: 16}]}
  - {unit: {width: 32, stride: 2}, as: down}
  - repeat: {times: 2, index: j, body: [{rows: 32}]}
  - global_avg_pool
  - linear: 10   # </script><img src=x onerror=alert(1)>
"""
"""Blocks with branches, repeated twice: of the tests of the page, with a comment that must not run."""
