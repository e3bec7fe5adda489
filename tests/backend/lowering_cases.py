"""Drawn settings for every op, and lowered ops as modules that can be run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from random import Random

import torch
import torch.nn as nn
import torch.nn.functional as F

from archdsl.backend.lowering.base import Lowered
from archdsl.backend.lowering.catalogue import lower
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape, ShapeError

Case = tuple[Op, tuple[Shape, ...]]
Drawn = tuple[dict[str, object], tuple[Shape, ...]]


class Built(nn.Module):
    """One lowered op, built from nothing but the texts that an exported file would hold."""

    def __init__(self, op: Op, inputs: tuple[Shape, ...]) -> None:
        super().__init__()
        self.op, self.inputs, self.output = op, inputs, op.infer(*inputs)
        self.lowered: Lowered = lower(op, inputs, self.output)
        namespace = {"torch": torch, "nn": nn, "F": F}
        source = "\n\n".join(inspect.getsource(each) for each in self.lowered.uses)
        exec("from __future__ import annotations\n" + source, namespace)
        self.names = namespace
        self.m = eval(self.lowered.module, namespace) if self.lowered.module else None
        self.call = self._function(self.lowered.call)
        self.overwrite = self._function(self.lowered.overwrite) if self.lowered.overwrite else None

    def _function(self, text: str) -> Callable[..., torch.Tensor]:
        names = [f"v{i}" for i in range(len(self.inputs))]
        body = text.format(*names, m="m", all=", ".join(names))
        return eval(f"lambda m, {', '.join(names)}: {body}" if names else f"lambda m: {body}", self.names)

    def forward(self, *values: torch.Tensor) -> torch.Tensor:
        """Return the result of the plain call."""
        return self.call(self.m, *values)

    def values(self, batch: int = 2, **like: object) -> list[torch.Tensor]:
        """Return random operands."""
        return [draw_value(self.op, role, shape, self.inputs, batch, **like) for role, shape in enumerate(self.inputs)]


def draw_value(op: Op, role: int, shape: Shape, inputs: tuple[Shape, ...], batch: int, **like: object) -> torch.Tensor:
    """Return a random operand; whole numbers where an op wants to count."""
    if op.name == "embedding":
        return torch.randint(op.num_embeddings, (batch, *shape.dims), device=like.get("device"))
    if op.name == "gather" and role == 1:
        return torch.randint(inputs[0].dims[0], (batch, *shape.dims), device=like.get("device"))
    value = torch.randn(batch, *shape.dims, **like)
    return value.abs() + 0.5 if op.name == "pow" else value


def draw(name: str, random: Random) -> Case:
    """Return an op with drawn settings and shapes that it accepts."""
    for _ in range(200):
        case = draw_any(name, random)
        try:
            case[0].infer(*case[1])
        except ShapeError:
            continue
        return case
    raise AssertionError(f"no setting of `{name}` was right in 200 draws")


def draw_any(name: str, random: Random) -> Case:
    """Return an op with drawn settings and shapes, which may be wrong."""
    settings, inputs = _DRAWS[name](random)
    return OPS[name](**settings), inputs


def _map(r: Random, axes: int | None = None, channels: int | None = None, low: int = 1) -> Shape:
    axes = axes or r.choice([1, 2, 2, 2, 3])
    return Shape((channels or r.choice([1, 2, 3, 4, 6, 8, 12]), *(r.randint(low, 11) for _ in range(axes))), "map")


def _tokens(r: Random, channels: int | None = None) -> Shape:
    return Shape((r.randint(1, 9), channels or r.choice([1, 2, 4, 6, 8, 12])), "tokens")


def _vector(r: Random, channels: int | None = None) -> Shape:
    return Shape((channels or r.choice([1, 2, 3, 4, 6, 8, 12]),), "vector")


def _dense(r: Random) -> Shape:
    return r.choice([_map, _tokens, _vector])(r)


def _sizes(r: Random, shape: Shape, low: int, high: int) -> int | list[int]:
    """Return one number, or one for each spatial axis, and seldom a wrong number of them."""
    count = len(shape.spatial) + (r.random() < 0.02)
    return [r.randint(low, high) for _ in range(count)] if r.random() < 0.4 else r.randint(low, high)


def _some(r: Random, **settings: object) -> dict[str, object]:
    """Return the settings, each left out half of the time."""
    return {name: value for name, value in settings.items() if r.random() < 0.5}


def _flag(r: Random) -> bool:
    return r.random() < 0.5


def _conv(r: Random) -> Drawn:
    x = _map(r)
    padding = r.choice(["same", "same", "valid", None, _sizes(r, x, 0, 3)])
    more = _some(r, stride=_sizes(r, x, 1, 3), dilation=_sizes(r, x, 1, 2), padding=padding, groups=r.choice([1, 2, 3, 4]), bias=_flag(r))
    return {"out_channels": r.choice([1, 2, 4, 6, 12]), "kernel_size": _sizes(r, x, 1, 5), **more}, (x,)


def _depthwise_conv(r: Random) -> Drawn:
    settings, inputs = _conv(r)
    del settings["out_channels"]
    settings.pop("groups", None)
    return {**settings, **_some(r, multiplier=r.randint(1, 3))}, inputs


def _conv_transpose(r: Random) -> Drawn:
    settings, inputs = _conv(r)
    (x,) = inputs
    settings.pop("padding", None)
    return {**settings, **_some(r, padding=_sizes(r, x, 0, 2), output_padding=_sizes(r, x, 0, 2))}, inputs


def _attention(r: Random) -> Drawn:
    heads = r.choice([1, 2, 3])
    queries, keys = _tokens(r), _tokens(r)
    values = Shape((keys.dims[0], r.choice([2, 6, 8])))
    masks = [Shape((queries.dims[0], keys.dims[0])), Shape((keys.dims[0],)), Shape((heads, queries.dims[0], keys.dims[0]))]
    inputs = (queries, keys, values, r.choice(masks))[: r.randint(1, 4)]
    more = _some(r, head_dim=r.randint(1, 5), bias=_flag(r), out_bias=_flag(r), dropout=0.25, causal=_flag(r))
    return {"heads": heads, **more}, inputs


def _pool(r: Random, *, dilation: bool = False, plain: bool = False) -> Drawn:
    x = _map(r)
    more = _some(r, stride=_sizes(r, x, 1, 4))
    if not plain:
        more |= _some(r, padding=_sizes(r, x, 0, 2), ceil_mode=_flag(r))
    if dilation:
        more |= _some(r, dilation=_sizes(r, x, 1, 2))
    return {"kernel_size": _sizes(r, x, 1, 4), **more}, (x,)


def _avg_pool(r: Random) -> Drawn:
    settings, inputs = _pool(r)
    return {**settings, **_some(r, count_include_pad=_flag(r))}, inputs


def _adaptive(r: Random) -> Drawn:
    x = _map(r)
    size = [r.randint(1, 6) for _ in x.spatial]
    return {"output_size": size if _flag(r) else r.randint(1, 5)}, (x,)


def _reshape(r: Random) -> Drawn:
    x = Shape((12, 4, 6)[: r.randint(1, 3)])
    shape = r.choice([[x.size], [-1], [2, -1], [-1, 3], [3, 2, -1], [2, 2, -1], [x.size // 2, 2], [5, 3]])
    return {"shape": shape, **({"kind": "map"} if len(shape) == 2 and _flag(r) else {})}, (x,)


def _permute(r: Random) -> Drawn:
    x = _dense(r)
    dims = list(range(len(x.dims)))
    r.shuffle(dims)
    return {"dims": dims, **({"kind": "map"} if len(dims) > 1 and _flag(r) else {})}, (x,)


def _to_map(r: Random) -> Drawn:
    height, width = r.randint(1, 4), r.randint(1, 4)
    if _flag(r):
        return {}, (Shape((height * height, 6)),)
    return r.choice([{"height": height}, {"width": width}, {"height": height, "width": width}]), (Shape((height * width, 6)),)


def _expand(r: Random) -> Drawn:
    size = [r.randint(1, 6) for _ in range(r.randint(1, 3))]
    x = r.choice([_vector(r), Shape((4, *(r.choice([1, each]) for each in size)), "map"), Shape((1, 5))])
    return {"size": r.choice([size, size[0]])}, (x,)


def _slice(r: Random) -> Drawn:
    x = _dense(r)
    dim = r.randrange(len(x.dims))
    size = x.dims[dim]
    bounds = [r.randint(-size, size), r.randint(-size, size), *([r.randint(1, 3)] if _flag(r) else [])]
    return {"bounds": bounds, **({"dim": dim} if dim or _flag(r) else {})}, (x,)


def _split(r: Random) -> Drawn:
    x, sections = _dense(r), r.randint(1, 4)
    return {"sections": sections, "index": r.randrange(sections), **_some(r, dim=r.randrange(3))}, (x,)


def _pad(r: Random) -> Drawn:
    x = _dense(r)
    channels: object = r.choice([2, [1, 3], [2, 0]])
    return _some(r, channels=channels, padding=_sizes(r, x, 0, 2) if x.kind == "map" else 0), (x,)


def _shift(r: Random) -> Drawn:
    x = _map(r, axes=r.choice([1, 2]))
    return {"dx": r.randint(-4, 4), **({"dy": r.randint(-4, 4)} if len(x.spatial) == 2 else {})}, (x,)


def _upsample(r: Random) -> Drawn:
    x = _map(r)
    bilinear = {"mode": "bilinear", **_some(r, align_corners=_flag(r))}
    return {"scale_factor": _sizes(r, x, 1, 3), **r.choice([{}, bilinear])}, (x,)


def _position_table(r: Random) -> Drawn:
    return {"shape": [r.choice([1, 4, 9, 6]), r.choice([4, 8, 12, 6, 3])], **_some(r, kind=r.choice(["sincos", "learned", "sincos2d"]))}, ()


def _equal(r: Random) -> tuple[Shape, ...]:
    return (_dense(r),) * r.choice([1, 2, 2, 3, 5])


def _broadcast(r: Random) -> tuple[Shape, ...]:
    x = _dense(r)
    thin = [Shape((x.channels,)), Shape(tuple(r.choice([1, size]) for size in x.dims), x.kind), x]
    return r.choice([_equal(r), (x, r.choice(thin)), (r.choice(thin), x), (r.choice(thin), r.choice(thin), x)])


def _concat(r: Random) -> Drawn:
    x = _dense(r)
    dim = r.randrange(len(x.dims)) if _flag(r) else None
    axis = x.channel_axis if dim is None else dim
    others = [Shape((*x.dims[:axis], r.randint(1, 5), *x.dims[axis + 1 :]), x.kind) for _ in range(r.randint(0, 3))]
    if len(x.dims) > 1 and r.random() < 0.1:
        others.append(Shape(tuple(size + 1 for size in x.dims), x.kind))
    return {} if dim is None else {"dim": dim}, (x, *others)


def _gate(r: Random) -> Drawn:
    x = _dense(r)
    thin = Shape(tuple(r.choice([1, size]) for size in x.dims), x.kind)
    return {}, (x, x, r.choice([x, thin, Shape((x.channels,))]))


def _gather(r: Random) -> Drawn:
    return {}, (_tokens(r), Shape((r.randint(1, 12),), r.choice(["index", "vector"])))


def _grid_sample(r: Random) -> Drawn:
    grid, points = r.choice(["affine", "attention", "projective", "tps"]), r.randint(2, 4)
    numbers = {"affine": 6, "attention": 3, "projective": 8, "tps": 2 * points * points}[grid]
    size = r.choice([5, [3, 4]])
    more = _some(r, size=size, padding_mode=r.choice(["zeros", "border", "reflection"]), align_corners=_flag(r))
    return {"grid": grid, **({"control_points": points} if grid == "tps" else {}), **more}, (_map(r, axes=2), Shape((numbers,)))


def _plain(make: Callable[[Random], Shape], **settings: Callable[[Random], object]) -> Callable[[Random], Drawn]:
    return lambda r: ({name: value(r) for name, value in settings.items()}, (make(r),))


def _mapped(r: Random) -> Shape:
    return r.choice([_map, _vector])(r)


_DRAWS: dict[str, Callable[[Random], Drawn]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "depthwise_conv": _depthwise_conv,
    "linear": lambda r: ({"out_features": r.randint(1, 9), **_some(r, bias=_flag(r))}, (r.choice([_tokens, _vector])(r),)),
    "attention": _attention,
    "batch_norm": lambda r: (_some(r, eps=1e-3, momentum=0.2, affine=_flag(r)), (_mapped(r),)),
    "layer_norm": lambda r: (_some(r, eps=1e-3, affine=_flag(r)), (_dense(r),)),
    "rms_norm": lambda r: (_some(r, eps=1e-3, affine=_flag(r)), (r.choice([_tokens, _vector])(r),)),
    "group_norm": lambda r: ({"num_groups": r.randint(1, 4), **_some(r, eps=1e-3, affine=_flag(r))}, (_mapped(r),)),
    "instance_norm": lambda r: (_some(r, eps=1e-3, affine=_flag(r)), (_map(r),)),
    "local_response_norm": lambda r: (_some(r, size=r.randint(1, 6), alpha=0.1, beta=0.5, k=2), (_map(r),)),
    "relu": _plain(_dense),
    "leaky_relu": _plain(_dense, negative_slope=lambda r: r.choice([0.01, 0.2, 0, -0.5])),
    "prelu": lambda r: (_some(r, per_channel=_flag(r)), (_dense(r),)),
    "elu": _plain(_dense, alpha=lambda r: r.choice([1, 0.5])),
    "gelu": _plain(_dense, approximate=lambda r: r.choice(["none", "tanh"])),
    "silu": _plain(_dense),
    "hardswish": _plain(_dense),
    "relu6": _plain(_dense),
    "hardsigmoid": _plain(_dense),
    "softplus": _plain(_dense),
    "mish": _plain(_dense),
    "abs": _plain(_dense),
    "sigmoid": _plain(_dense),
    "tanh": _plain(_dense),
    "softmax": lambda r: (_some(r, dim=r.randrange(4)), (_dense(r),)),
    "maxout": lambda r: (_some(r, pieces=r.randint(1, 4)), (_dense(r),)),
    "pow": _plain(_dense, exponent=lambda r: r.choice([2, 3, 0.5, -1, 1, 0])),
    "max_pool": lambda r: _pool(r, dilation=True),
    "avg_pool": _avg_pool,
    "lp_pool": lambda r: ({**(drawn := _pool(r, plain=True))[0], **_some(r, norm_type=r.choice([1, 2, 3.5]))}, drawn[1]),
    "adaptive_avg_pool": _adaptive,
    "global_avg_pool": lambda r: ({}, (r.choice([_map, _tokens])(r),)),
    "global_max_pool": lambda r: ({}, (r.choice([_map, _tokens])(r),)),
    "dropout": lambda r: (_some(r, p=r.choice([0, 0.3, 1])), (_dense(r),)),
    "drop_path": _plain(_dense, p=lambda r: r.choice([0, 0.3, 1])),
    "layer_scale": lambda r: (_some(r, value=0.5), (_dense(r),)),
    "scale": _plain(_dense, factor=lambda r: r.choice([0.17, 2, -1])),
    "identity": _plain(_dense),
    "zero": _plain(_dense),
    "flatten": _plain(_dense),
    "reshape": _reshape,
    "permute": _permute,
    "to_tokens": _plain(_map),
    "to_map": _to_map,
    "expand": _expand,
    "slice": _slice,
    "split": _split,
    "pad": _pad,
    "subsample": lambda r: (lambda x: (_some(r, stride=_sizes(r, x, 1, 3)), (x,)))(_map(r)),
    "shift": _shift,
    "channel_shuffle": _plain(_dense, groups=lambda r: r.randint(1, 4)),
    "upsample": _upsample,
    "parameter": lambda r: ({"shape": [r.randint(1, 5) for _ in range(r.randint(1, 4))]}, ()),
    "position_table": _position_table,
    "cls_token": _plain(_tokens),
    "embedding": lambda r: ({"num_embeddings": r.randint(1, 9), "embedding_dim": r.randint(1, 5)}, (Shape((5,), r.choice(["index", "vector"])),)),
    "add": lambda r: ({}, _broadcast(r)),
    "mul": lambda r: ({}, _broadcast(r)),
    "sub": lambda r: ({}, _broadcast(r)),
    "mean": lambda r: ({}, _equal(r)),
    "max": lambda r: ({}, _equal(r)),
    "concat": _concat,
    "join": lambda r: (_some(r, drop_path=r.choice([0, 0.3, 1])), _equal(r)),
    "freeze_drop_path": lambda r: (_some(r, weights=r.choice(["square", "equal", "reversed"])), _equal(r)),
    "gate": _gate,
    "gather": _gather,
    "grid_sample": _grid_sample,
}
