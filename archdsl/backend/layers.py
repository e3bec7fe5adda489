"""Modules and functions that torch does not have.

Each stands on ``torch``, ``nn`` and ``F`` alone, because its source text is copied into exported files. Tensors carry a batch axis in front.
"""

from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F


def same_pad(x: torch.Tensor, kernel_size: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> torch.Tensor:
    """Pad a map with zeros as TensorFlow's ``same`` does for a convolution: to ``ceil(size / stride)`` outputs, an odd zero goes behind."""
    pads: list[int] = []
    for size, k, s, d in zip(x.shape[2:], kernel_size, stride, dilation):
        total = max(0, (-(-size // s) - 1) * s + d * (k - 1) + 1 - size)
        pads = [total // 2, total - total // 2, *pads]
    return F.pad(x, pads)


def root(total: torch.Tensor, degree: float) -> torch.Tensor:
    """Return the root of what is not negative; where it is zero, so is the gradient."""
    positive = total > 0
    return torch.where(positive, torch.where(positive, total, 1.0).pow(1 / degree), 0.0)


class ChannelNorm(nn.LayerNorm):
    """Layer normalization over the channels of a channels-first map ``(B, C, ...)``."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the map with every position normalized by itself."""
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class DropPath(nn.Module):
    """Stochastic depth: in training, zero for a sample with probability ``p``, else scaled by ``1 / (1 - p)``."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the value with some samples dropped; itself in evaluation."""
        if not self.training or self.p == 0:
            return x
        keep = 1 - self.p
        mask = x.new_empty((x.shape[0],) + (1,) * (x.dim() - 1)).bernoulli_(keep)
        return x * (mask / keep if keep > 0 else mask)

    def extra_repr(self) -> str:
        """Return what the module is printed with."""
        return f"p={self.p}"


class LayerScale(nn.Module):
    """A learned factor for each of ``channels``, with ``axes`` axes behind the channels of its input."""

    def __init__(self, channels: int, value: float, axes: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), float(value)))
        self.axes = axes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the value with every channel scaled."""
        return x * self.weight.reshape(-1, *(1,) * self.axes)


class LearnedValue(nn.Module):
    """A learned value for all samples; its batch axis has size 1."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(shape))
        nn.init.trunc_normal_(self.weight, std=0.02, a=-0.04, b=0.04)

    def forward(self) -> torch.Tensor:
        """Return the value."""
        return self.weight.unsqueeze(0)


class ClsToken(nn.Module):
    """One learned token before the sequence ``(B, N, C)``."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, channels))
        nn.init.trunc_normal_(self.weight, std=0.02, a=-0.04, b=0.04)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``(B, 1 + N, C)``."""
        return torch.cat([self.weight.expand(x.shape[0], 1, -1), x], 1)


def sincos(positions: torch.Tensor, width: int) -> torch.Tensor:
    """Return the sines and then the cosines of ``width / 2`` angles for each position."""
    frequencies = 10000.0 ** (-torch.arange(width // 2, dtype=torch.float64) / (width // 2))
    angles = positions[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], 1)


class SinCosTable(nn.Module):
    """A fixed table of sines and cosines for ``count`` positions in a row, or with ``grid`` on a square; its batch axis has size 1."""

    weight: torch.Tensor

    def __init__(self, count: int, width: int, grid: bool = False) -> None:
        super().__init__()
        position = torch.arange(count, dtype=torch.float64)
        side = round(count**0.5)
        table = torch.cat([sincos(position % side, width // 2), sincos(position // side, width // 2)], 1) if grid else sincos(position, width)
        self.register_buffer("weight", table.to(torch.get_default_dtype()))

    def forward(self) -> torch.Tensor:
        """Return the table."""
        return self.weight.unsqueeze(0)


class SelfAttention(nn.Module):
    """Multi-head self attention over tokens ``(B, N, C)``; ``inner`` is the width of all heads together."""

    def __init__(
        self, channels: int, heads: int, inner: int, bias: bool = True, out_bias: bool = True, dropout: float = 0.0, causal: bool = False
    ) -> None:
        super().__init__()
        self.heads, self.dropout, self.causal = heads, dropout, causal
        self.qkv = nn.Linear(channels, 3 * inner, bias=bias)
        self.proj = nn.Linear(inner, channels, bias=out_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``(B, N, C)``."""
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=self.causal)
        out: torch.Tensor = self.proj(mixed.transpose(1, 2).flatten(2))
        return out


class CrossAttention(nn.Module):
    """Multi-head attention of queries ``(B, N, C)`` to keys and values ``(B, M, ...)``; ``channels`` are the widths of the three."""

    def __init__(
        self,
        channels: tuple[int, int, int],
        heads: int,
        inner: int,
        bias: bool = True,
        out_bias: bool = True,
        dropout: float = 0.0,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.heads, self.dropout, self.causal = heads, dropout, causal
        self.q, self.k, self.v = (nn.Linear(width, inner, bias=bias) for width in channels)
        self.proj = nn.Linear(inner, channels[0], bias=out_bias)

    def forward(self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return ``(B, N, C)``; the mask has the shape of the scores ``(B, heads, N, M)``, or axes of size 1."""
        parts = (self.q(queries), self.k(keys), self.v(values))
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        if mask is not None and mask.dtype != torch.bool:
            mask = mask.to(q.dtype)
        dropout = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout, is_causal=self.causal)
        out: torch.Tensor = self.proj(mixed.transpose(1, 2).flatten(2))
        return out


def largest(*values: torch.Tensor) -> torch.Tensor:
    """Return the element-wise maximum."""
    out = values[0]
    for value in values[1:]:
        out = torch.maximum(out, value)
    return out


class Join(nn.Module):
    """FractalNet's join: the mean of ``count`` values, of which each is dropped with probability ``drop_path`` in training; one stays at least.

    ``together``: all samples of a batch drop the same. ``column``: the only one to stay, for each sample or for all, counted from the last; -1: none.
    """

    column: torch.Tensor | None

    def __init__(self, count: int, drop_path: float) -> None:
        super().__init__()
        self.count, self.drop_path = count, drop_path
        self.together, self.column = False, None

    def forward(self, *values: torch.Tensor) -> torch.Tensor:
        """Return the mean over the values that are kept, sample by sample."""
        if not self.training and self.column is None:
            return sum(values[1:], values[0]) / self.count
        first = values[0]
        kept = self.kept(1 if self.together else first.shape[0], first.device)
        share = (kept.to(first.dtype) / kept.sum(0)).reshape(*kept.shape, *(1,) * (first.dim() - 1))
        return sum((value * each for value, each in zip(values[1:], share[1:])), first * share[0])

    def kept(self, samples: int, device: torch.device) -> torch.Tensor:
        """Return which values stay, for each of the samples: ``(values, samples)``."""
        numbers = torch.arange(self.count, device=device)[:, None]
        kept = torch.rand((self.count, samples), device=device) >= (self.drop_path if self.training else 0.0)
        kept = torch.where(kept.any(0), kept, torch.randint(self.count, (samples,), device=device) == numbers)
        if self.column is None:
            return kept
        column = self.column.to(device)
        return torch.where((column >= 0) & (column < self.count), numbers == self.count - 1 - column, kept)

    def extra_repr(self) -> str:
        """Return what the module is printed with."""
        return f"{self.count}, drop_path={self.drop_path}"


class FreezeDropPath(nn.Module):
    """The sum of the values; in training of those up to a drawn one, the only one to get a gradient. ``weights`` are their chances."""

    def __init__(self, *weights: int) -> None:
        super().__init__()
        self.weights = weights

    def forward(self, *values: torch.Tensor) -> torch.Tensor:
        """Return the sum."""
        if not self.training:
            return sum(values[1:], values[0])
        draw = torch.rand((), device=values[0].device) * sum(self.weights)
        out, start = torch.zeros_like(values[0]), 0
        for value, weight in zip(values, self.weights):
            drawn = (draw >= start) & (draw < start + weight)
            out = out + torch.where(drawn, value, torch.where(draw >= start, value.detach(), 0.0))
            start += weight
        return out

    def extra_repr(self) -> str:
        """Return what the module is printed with."""
        return ", ".join(map(str, self.weights))


def grid_axes(image: torch.Tensor, size: tuple[int, int] | None, align_corners: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the coordinates ``(1, W)`` and ``(H, 1)`` of the output pixels, from -1 to 1."""
    height, width = image.shape[2:] if size is None else size
    dtype = torch.promote_types(image.dtype, torch.float32)
    steps = [(2 * torch.arange(n, device=image.device) - (n - 1)).to(dtype) / (max(n - 1, 1) if align_corners else n) for n in (width, height)]
    return steps[0][None], steps[1][:, None]


def read_at(image: torch.Tensor, x: torch.Tensor, y: torch.Tensor, padding_mode: str, align_corners: bool) -> torch.Tensor:
    """Return the map ``(B, C, H, W)`` read at the positions ``x``, ``y`` of ``(B, H', W')``."""
    grid = torch.stack((x, y), -1)
    return F.grid_sample(image.to(grid.dtype), grid, mode="bilinear", padding_mode=padding_mode, align_corners=align_corners).to(image.dtype)


def sample_affine(
    image: torch.Tensor, theta: torch.Tensor, size: tuple[int, int] | None = None, padding_mode: str = "zeros", align_corners: bool = False
) -> torch.Tensor:
    """Return the map read through an affine transform, ``theta`` of ``(B, 6)``, or through a scale and a shift, ``(B, 3)``."""
    x, y = grid_axes(image, size, align_corners)
    t = theta.to(x.dtype)[:, :, None, None].unbind(1)
    if len(t) == 3:
        zero = torch.zeros_like(t[0])
        t = (t[0], zero, t[1], zero, t[0], t[2])
    return read_at(image, t[0] * x + t[1] * y + t[2], t[3] * x + t[4] * y + t[5], padding_mode, align_corners)


def sample_projective(
    image: torch.Tensor, theta: torch.Tensor, size: tuple[int, int] | None = None, padding_mode: str = "zeros", align_corners: bool = False
) -> torch.Tensor:
    """Return the map read through a projective transform, ``theta`` of ``(B, 8)``."""
    x, y = grid_axes(image, size, align_corners)
    t = theta.to(x.dtype)[:, :, None, None].unbind(1)
    depth = t[6] * x + t[7] * y + 1
    depth = torch.where(depth.abs() < 1e-6, 1e-6, depth)
    return read_at(image, (t[0] * x + t[1] * y + t[2]) / depth, (t[3] * x + t[4] * y + t[5]) / depth, padding_mode, align_corners)


class ThinPlateSpline(nn.Module):
    """Reads a map through a thin plate spline with ``count`` x ``count`` control points on a regular grid over the whole map."""

    points: torch.Tensor
    solve: torch.Tensor

    def __init__(self, count: int, size: tuple[int, int] | None = None, padding_mode: str = "zeros", align_corners: bool = False) -> None:
        super().__init__()
        self.size, self.padding_mode, self.align_corners = size, padding_mode, align_corners
        line = torch.linspace(-1, 1, count, dtype=torch.float64)
        points = torch.stack([line.repeat(count), line.repeat_interleave(count)], 1)
        basis = self.basis(points, points[:, 0], points[:, 1])
        system = torch.cat([basis, F.pad(basis[:, -3:].T, (0, 3))])
        self.register_buffer("points", points.to(torch.get_default_dtype()))
        self.register_buffer("solve", torch.linalg.inv(system)[:, : count * count].to(torch.get_default_dtype()))

    def basis(self, points: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return ``r^2 log r^2`` for the distances to the control points, and ``1, x, y``, of positions in a row."""
        square = (x[:, None] - points[:, 0]) ** 2 + (y[:, None] - points[:, 1]) ** 2
        return torch.cat([torch.xlogy(square, square), torch.stack([torch.ones_like(x), x, y], 1)], 1)

    def forward(self, image: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
        """Return the map read where the control points, moved by ``theta`` of ``(B, 2 * count ** 2)``, carry its positions."""
        x, y = grid_axes(image, self.size, self.align_corners)
        x, y = x.expand(y.shape[0], -1), y.expand(-1, x.shape[1])
        coefficients = self.solve.to(x.dtype) @ theta.to(x.dtype).reshape(theta.shape[0], -1, 2)
        basis = self.basis(self.points.to(x.dtype), x.flatten(), y.flatten())
        moved = (basis @ coefficients).to(x.dtype).reshape(theta.shape[0], *x.shape, 2)
        return read_at(image, x + moved[..., 0], y + moved[..., 1], self.padding_mode, self.align_corners)
