"""The networks of Smith and Topin in plain torch, from their wiring (arXiv:1611.00847)."""

from __future__ import annotations

import torch
from torch import nn

from tests.reference.fractalnet import Block


class SmithTopin(nn.Module):
    """Seven modules, wired as ``kind`` says: ``fof``, ``fof-tsn``, ``sbn`` or ``tsn``."""

    def __init__(self, kind: str, widths: list[int], classes: int = 10) -> None:
        super().__init__()
        self.kind = kind
        w1, w2, w3, w4, w5, w6, w7 = widths
        wiring = {7: (3, w7, 4), 3: (3, w3, 2), 1: (3, w1, 1), 2: (w1, w2, 1), 6: (w2, w6, 2), 4: (w2, w4, 1), 5: (w4, w5, 1)}
        self.m = nn.ModuleDict({str(number): Block(a, b, 3, pools, caffe=True) for number, (a, b, pools) in wiring.items()})
        self.fc = nn.Linear(4 * w7, classes)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        m = self.m
        a = (m["2"](m["1"](image)) + m["3"](image)) / 2
        m5, m6, m7 = m["5"](m["4"](a)), m["6"](a), m["7"](image)
        if self.kind == "fof":
            out = (m5 + m6 + m7) / 3
        elif self.kind == "fof-tsn":
            out = (m5 * m5 * m5 + m6 * m6 + m7) / 3
        else:
            j = (m5 + m6) / 2
            out = m7 + (j * j if self.kind == "tsn" else j)
        return self.fc(out.flatten(1))

    def layers(self) -> list[nn.Module]:
        """Return convolutions, norms and the linear layer; modules in the order in which they are made."""
        return [layer for block in self.m.values() for unit in block.units() for layer in unit[:2]] + [self.fc]
