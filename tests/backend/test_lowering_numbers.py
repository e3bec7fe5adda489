"""What the ops compute, against formulas written independently."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape
from tests.backend.lowering_cases import Built

close = torch.testing.assert_close


def built(name: str, *shapes: Shape, **settings: object) -> Built:
    """Return an op in double precision, for evaluation."""
    torch.manual_seed(0)
    return Built(OPS[name](**settings), shapes).double().eval()


def randn(*size: int) -> torch.Tensor:
    return torch.randn(size, dtype=torch.float64)


MAP = Shape((4, 6, 5))


@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(3, 2, 1), (2, 1, 1), (4, 3, 1), (5, 2, 2), (1, 3, 1), (3, 1, 2)])
@pytest.mark.parametrize("size", [7, 8, 9, 12])
def test_same_padding(kernel: int, stride: int, dilation: int, size: int) -> None:
    """Output ``o`` is centered as TensorFlow says: it reads from ``o * stride - total // 2`` on."""
    net = built("conv", Shape((1, 10), "map"), out_channels=1, kernel_size=kernel, stride=stride, dilation=dilation, padding="same")
    x, weight = randn(1, 1, size), net.m.weight[0, 0].tolist()
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + dilation * (kernel - 1) + 1 - size)
    row = x[0, 0].tolist()
    expected = []
    for o in range(outputs):
        places = [o * stride - total // 2 + dilation * k for k in range(kernel)]
        expected.append(sum(w * row[place] for w, place in zip(weight, places) if 0 <= place < size))
    close(net(x)[0, 0], torch.tensor(expected, dtype=torch.float64))


def test_default_padding_keeps_the_size_of_odd_kernels_alone() -> None:
    assert built("conv", MAP, out_channels=2, kernel_size=[3, 5], dilation=2).output.dims == (2, 6, 5)
    assert built("conv", MAP, out_channels=2, kernel_size=[2, 5]).output.dims == (2, 5, 5)


def test_depthwise_conv() -> None:
    net, x = built("depthwise_conv", MAP, multiplier=2, bias=True), randn(2, 4, 6, 5)
    for out in range(8):
        alone = F.conv2d(x[:, out // 2, None], net.m.weight[out, None], net.m.bias[out, None], padding=1)
        close(net(x)[:, out], alone[:, 0])


def test_layer_norm_over_channels() -> None:
    for shape in (MAP, Shape((4, 9), "map")):
        net, x = built("layer_norm", shape), randn(2, *shape.dims)
        torch.nn.init.normal_(net.m.weight)
        mean, variance = x.mean(1, keepdim=True), x.var(1, keepdim=True, unbiased=False)
        weight = net.m.weight.reshape(-1, *(1 for _ in shape.spatial))
        close(net(x), (x - mean) / (variance + 1e-6).sqrt() * weight)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_local_response_norm_over_neighboring_channels(size: int) -> None:
    net, x = built("local_response_norm", MAP, size=size, alpha=0.5, beta=0.75, k=2), randn(2, *MAP.dims)
    for channel in range(4):
        near = x[:, max(0, channel - size // 2) : channel + size // 2 + 1]
        close(net(x)[:, channel], x[:, channel] / (2 + 0.5 / size * near.square().sum(1)) ** 0.75)


def test_prelu_of_tokens_is_about_channels() -> None:
    net, x = built("prelu", Shape((5, 3)), per_channel=True), randn(2, 5, 3)
    torch.nn.init.normal_(net.m.weight)
    close(net(x), torch.where(x > 0, x, x * net.m.weight))


@pytest.mark.parametrize("shape", [Shape((6,)), Shape((5, 6)), Shape((6, 4, 4))], ids=str)
def test_maxout(shape: Shape) -> None:
    net, x = built("maxout", shape, pieces=3), randn(2, *shape.dims)
    axis = shape.channel_axis + 1
    first, second = x.narrow(axis, 0, 3).amax(axis), x.narrow(axis, 3, 3).amax(axis)
    close(net(x), torch.stack([first, second], axis))


@pytest.mark.parametrize("degree", [1, 2, 3.5])
def test_lp_pool(degree: float) -> None:
    net, x = built("lp_pool", MAP, kernel_size=[2, 3], stride=[2, 1], norm_type=degree), randn(2, 4, 6, 5)
    windows = x.unfold(2, 2, 2).unfold(3, 3, 1).flatten(-2)
    close(net(x), torch.linalg.vector_norm(windows, degree, dim=-1))


def test_lp_pool_of_zeros_has_a_gradient() -> None:
    x = torch.zeros(1, 4, 6, 5, dtype=torch.float64, requires_grad=True)
    net = built("lp_pool", MAP, kernel_size=2)
    net(x).sum().backward()
    assert net(x).abs().max() == 0
    assert x.grad is not None and x.grad.abs().max() == 0


def test_global_pools() -> None:
    x, tokens = randn(2, 4, 6, 5), randn(2, 7, 3)
    close(built("global_avg_pool", MAP)(x), x.flatten(2).mean(2))
    close(built("global_max_pool", MAP)(x), x.flatten(2).amax(2))
    close(built("global_avg_pool", Shape((7, 3)))(tokens), tokens.mean(1))
    close(built("global_max_pool", Shape((7, 3)))(tokens), tokens.amax(1))


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (1, 0), (-2, 3), (4, -5)])
def test_shift(dx: int, dy: int) -> None:
    net, x = built("shift", MAP, dx=dx, dy=dy), randn(2, 4, 6, 5)
    expected = torch.zeros_like(x)
    for row in range(6):
        for column in range(5):
            if 0 <= row - dy < 6 and 0 <= column - dx < 5:
                expected[:, :, row, column] = x[:, :, row - dy, column - dx]
    close(net(x), expected)


@pytest.mark.parametrize("shape", [Shape((6,)), Shape((5, 6)), Shape((6, 4, 4))], ids=str)
def test_channel_shuffle(shape: Shape) -> None:
    net, x = built("channel_shuffle", shape, groups=3), randn(2, *shape.dims)
    order = torch.tensor([(i % 3) * 2 + i // 3 for i in range(6)])
    close(net(x), x.index_select(shape.channel_axis + 1, order))
    if shape.kind == "map":
        close(net(x), F.channel_shuffle(x, 3))


def test_pad() -> None:
    x = randn(2, 4, 6, 5)
    out = built("pad", MAP, padding=[1, 2], channels=[3, 1])(x)
    assert out.shape == (2, 8, 8, 9)
    close(out[:, 3:7, 1:7, 2:7], x)
    close(out.abs().sum(), x.abs().sum())
    close(built("pad", MAP, channels=2)(x)[:, :4], x)
    close(built("pad", Shape((7, 3)), channels=[1, 0])(randn(2, 7, 3))[..., 0].abs().max(), torch.tensor(0.0, dtype=torch.float64))


def test_slices() -> None:
    x, tokens = randn(2, 4, 6, 5), randn(2, 7, 3)
    close(built("slice", MAP, bounds=[1, 3])(x), x[:, 1:3])
    close(built("slice", MAP, bounds=[-3, -1], dim=1)(x), x[:, :, 3:5])
    close(built("slice", Shape((7, 3)), bounds=[0, 7, 3])(tokens), tokens[:, ::3])
    close(built("split", MAP, sections=2, index=1)(x), x[:, 2:])
    close(built("split", MAP, sections=3, index=1, dim=1)(x), x[:, :, 2:4])
    close(built("split", Shape((7, 3)), sections=3, index=2)(tokens), tokens[..., 2:])
    close(built("subsample", MAP, stride=[2, 3])(x), x[:, :, ::2, ::3])


def test_tokens_and_maps() -> None:
    x = randn(2, 4, 6, 5)
    tokens = built("to_tokens", MAP)(x)
    close(tokens[:, 7], x[:, :, 1, 2])
    close(built("to_map", Shape((30, 4)), height=6)(tokens), x)
    close(built("expand", Shape((4,)), size=[3, 2])(x[:, :, 0, 0]), x[:, :, :1, :1].expand(-1, -1, 3, 2))
    close(built("permute", MAP, dims=[2, 0, 1])(x), x.movedim(3, 1))


def test_zero_swallows_infinities() -> None:
    x = torch.full((2, 4, 6, 5), float("inf"), dtype=torch.float64)
    x[0] = float("nan")
    close(built("zero", MAP)(x), torch.zeros_like(x))


def test_drop_path_statistics() -> None:
    net = built("drop_path", Shape((3,)), p=0.3)
    x = torch.ones(20_000, 3, dtype=torch.float64)
    close(net(x), x)
    out = net.train()(x)
    assert torch.equal(out[:, 0], out[:, 2])
    close(out.unique(), torch.tensor([0, 1 / 0.7], dtype=torch.float64))
    assert abs((out[:, 0] > 0).double().mean() - 0.7) < 0.02
    assert abs(out.mean() - 1) < 0.03


def test_drop_path_of_everything_is_zero() -> None:
    x = torch.ones(5, 3, dtype=torch.float64)
    close(built("drop_path", Shape((3,)), p=1).train()(x), torch.zeros_like(x))


def test_layer_scale_and_scale() -> None:
    x, tokens = randn(2, 4, 6, 5), randn(2, 7, 3)
    net = built("layer_scale", MAP, value=0.5)
    torch.nn.init.normal_(net.m.weight)
    close(net(x), torch.einsum("bchw,c->bchw", x, net.m.weight))
    close(built("layer_scale", Shape((7, 3)), value=0.5)(tokens), tokens / 2)
    close(built("scale", MAP, factor=0.17)(x), x * 0.17)


@pytest.mark.parametrize("seed", range(3))
def test_join_statistics(seed: int) -> None:
    """With values 1, 10, 100 the result tells which were kept; none kept is one of them at random."""
    net = built("join", *(Shape((2,)),) * 3, drop_path=0.4)
    values = [torch.full((30_000, 2), v, dtype=torch.float64) for v in (1.0, 10.0, 100.0)]
    close(net(*values), torch.full_like(values[0], 37))
    torch.manual_seed(seed)
    out = net.train()(*values)
    assert torch.equal(out[:, 0], out[:, 1])
    chances = {}
    for kept in range(1, 8):
        chosen = [v for i, v in enumerate((1, 10, 100)) if kept >> i & 1]
        alone = 0.4**3 / 3 if len(chosen) == 1 else 0
        chances[sum(chosen) / len(chosen)] = 0.6 ** len(chosen) * 0.4 ** (3 - len(chosen)) + alone
    for value, chance in chances.items():
        assert abs((out[:, 0] - value).abs().lt(1e-9).double().mean() - chance) < 0.012, value
    assert sum(chances.values()) == pytest.approx(1)


def test_join_without_drop_path_is_a_mean() -> None:
    values = [randn(2, 4, 6, 5) for _ in range(3)]
    net = built("join", MAP, MAP, MAP).train()
    close(net(*values), torch.stack(values).mean(0))
    assert net.m is None


@pytest.mark.parametrize(("weights", "chances"), [("square", [1, 4, 9]), ("equal", [1, 1, 1]), ("reversed", [9, 4, 1])])
def test_freeze_drop_path(weights: str, chances: list[int]) -> None:
    net = built("freeze_drop_path", *(Shape((2,)),) * 3, weights=weights)
    values = [torch.full((1, 2), v, dtype=torch.float64, requires_grad=True) for v in (1.0, 10.0, 100.0)]
    close(net(*values), torch.full_like(values[0], 111))
    net.train()
    counts = [0, 0, 0]
    for _ in range(3000):
        for value in values:
            value.grad = None
        out = net(*values)
        out.sum().backward()
        k = [1, 11, 111].index(round(out[0, 0].item()))
        counts[k] += 1
        assert [value.grad.sum().item() for value in values] == [2.0 if i == k else 0.0 for i in range(3)]
    for count, chance in zip(counts, chances):
        assert abs(count / 3000 - chance / sum(chances)) < 0.04


def test_gate() -> None:
    x, h, t = randn(2, 4, 6, 5), randn(2, 4, 6, 5), torch.rand(2, 4, dtype=torch.float64)
    gate = t[:, :, None, None]
    close(built("gate", MAP, MAP, MAP)(x, h, gate.expand_as(x)), x * (1 - gate) + h * gate)
    close(built("gate", MAP, MAP, Shape((4,)))(x, h, t), x * (1 - gate) + h * gate)


def test_merges_lift_vectors() -> None:
    x, vector, tokens = randn(2, 4, 6, 5), randn(2, 4), randn(2, 7, 4)
    close(built("mul", MAP, Shape((4,)))(x, vector), torch.einsum("bchw,bc->bchw", x, vector))
    close(built("mul", Shape((4,)), MAP)(vector, x), torch.einsum("bchw,bc->bchw", x, vector))
    close(built("add", Shape((7, 4)), Shape((4,)))(tokens, vector), tokens + vector.unsqueeze(1))
    values = [x, x + 1, x * 2]
    close(built("max", MAP, MAP, MAP)(*values), torch.stack(values).amax(0))
    close(built("mean", MAP, MAP, MAP)(*values), torch.stack(values).mean(0))


def test_gather() -> None:
    values, index = randn(2, 7, 3), torch.tensor([[6, 0], [3, 3]])
    out = built("gather", Shape((7, 3)), Shape((2,), "index"))(values, index)
    close(out, torch.stack([values[0, [6, 0]], values[1, [3, 3]]]))


def test_sincos_table() -> None:
    table = built("position_table", shape=[5, 6], kind="sincos")()
    assert table.shape == (1, 5, 6)
    for position in range(5):
        for i in range(3):
            angle = position / 10000 ** (i / 3)
            assert table[0, position, i].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert table[0, position, 3 + i].item() == pytest.approx(math.cos(angle), abs=1e-6)


def test_sincos_table_of_a_grid() -> None:
    """Position ``(row, column)``: sines and cosines of the column, then of the row."""
    table = built("position_table", shape=[9, 8])()[0]
    for row in range(3):
        for column in range(3):
            expected = []
            for coordinate in (column, row):
                angles = [coordinate / 10000 ** (i / 2) for i in range(2)]
                expected += [*map(math.sin, angles), *map(math.cos, angles)]
            assert table[3 * row + column].tolist() == pytest.approx(expected, abs=1e-6)


def test_tables_are_no_parameters_but_are_kept() -> None:
    net = built("position_table", shape=[4, 4])
    assert list(net.m.state_dict()) == ["weight"]
    assert not list(net.m.parameters())


def test_cls_token_comes_first() -> None:
    net, x = built("cls_token", Shape((7, 3))), randn(2, 7, 3)
    close(net(x)[:, 1:], x)
    close(net(x)[:, 0], net.m.weight.expand(2, 3))
    assert 0 < net.m.weight.abs().max() <= 0.04


def _attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, mask: torch.Tensor | float = 0.0) -> torch.Tensor:
    """Return attention over ``(B, N, heads * d)`` by the formula, head by head."""
    out = []
    for query, key, value in zip(q.chunk(heads, -1), k.chunk(heads, -1), v.chunk(heads, -1)):
        scores = torch.einsum("bnd,bmd->bnm", query, key) / math.sqrt(query.shape[-1]) + mask
        out.append(torch.einsum("bnm,bme->bne", (scores.exp() / scores.exp().sum(-1, keepdim=True)), value))
    return torch.cat(out, -1)


@pytest.mark.parametrize("causal", [False, True])
def test_self_attention(causal: bool) -> None:
    net, x = built("attention", Shape((5, 6)), heads=2, head_dim=4, causal=causal), randn(2, 5, 6)
    q, k, v = (x @ net.m.qkv.weight.T + net.m.qkv.bias).split(8, -1)
    mask = torch.full((5, 5), -math.inf, dtype=torch.float64).triu(1) if causal else 0.0
    close(net(x), _attend(q, k, v, 2, mask) @ net.m.proj.weight.T + net.m.proj.bias)


@pytest.mark.parametrize("mask", [None, Shape((5, 7)), Shape((7,)), Shape((2, 5, 7))], ids=str)
def test_cross_attention(mask: Shape | None) -> None:
    shapes = (Shape((5, 6)), Shape((7, 3)), Shape((7, 2)))
    net = built("attention", *shapes, *([mask] if mask else []), heads=2, bias=False)
    values = [randn(2, *shape.dims) for shape in net.inputs]
    q, k, v = values[0] @ net.m.q.weight.T, values[1] @ net.m.k.weight.T, values[2] @ net.m.v.weight.T
    if mask is None:
        expected = _attend(q, k, v, 2)
    elif len(mask.dims) == 3:
        halves = [_attend(*(part.chunk(2, -1)[i] for part in (q, k, v)), 1, values[3][:, i]) for i in range(2)]
        expected = torch.cat(halves, -1)
    else:
        expected = _attend(q, k, v, 2, values[3] if len(mask.dims) == 2 else values[3][:, None])
    close(net(*values), expected @ net.m.proj.weight.T + net.m.proj.bias)


def test_a_boolean_mask_forbids() -> None:
    net = built("attention", Shape((5, 6)), Shape((7, 6)), Shape((7, 6)), Shape((7,)), heads=2)
    x, y = randn(2, 5, 6), randn(2, 7, 6)
    allowed = torch.tensor([[True] * 4 + [False] * 3] * 2)
    shorter = built("attention", Shape((5, 6)), Shape((4, 6)), heads=2)
    shorter.m.load_state_dict(net.m.state_dict())
    close(net(x, y, y, allowed), shorter(x, y[:, :4]))


def test_two_operands_are_queries_and_keys() -> None:
    net, x, y = built("attention", Shape((5, 6)), Shape((7, 4)), heads=3), randn(2, 5, 6), randn(2, 7, 4)
    close(net(x, y), net.call(net.m, x, y))
    close(net.m(x, y, y), net(x, y))


SQUARE = Shape((2, 5, 5))


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("size", [None, [3, 7], [1, 4]])
@pytest.mark.filterwarnings("ignore:Since version 1.3.0")
def test_affine_grid_sample(size: list[int] | None, mode: str, align: bool) -> None:
    net = built("grid_sample", MAP, Shape((6,)), size=size, padding_mode=mode, align_corners=align)
    image, theta = randn(2, 4, 6, 5), randn(2, 6)
    grid = F.affine_grid(theta.reshape(2, 2, 3), [2, 4, *net.output.spatial], align_corners=align)
    close(net(image, theta), F.grid_sample(image, grid, padding_mode=mode, align_corners=align))


IDENTITIES = {"affine": [1, 0, 0, 0, 1, 0], "attention": [1, 0, 0], "projective": [1, 0, 0, 0, 1, 0, 0, 0], "tps": [0] * 18}


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("grid", IDENTITIES)
def test_identity_transforms(grid: str, align: bool) -> None:
    numbers = IDENTITIES[grid]
    net = built("grid_sample", MAP, Shape((len(numbers),)), grid=grid, control_points=3, align_corners=align)
    image = randn(2, 4, 6, 5)
    close(net(image, torch.tensor([numbers] * 2, dtype=torch.float64)), image)


def test_attention_is_affine_without_turning() -> None:
    image, theta = randn(2, 4, 6, 5), randn(2, 3)
    s, tx, ty = theta.T
    affine = torch.stack([s, 0 * s, tx, 0 * s, s, ty], 1)
    expected = built("grid_sample", MAP, Shape((6,)))(image, affine)
    close(built("grid_sample", MAP, Shape((3,)), grid="attention")(image, theta), expected)


def test_projective_grid_sample() -> None:
    image, theta = randn(2, 4, 6, 5), randn(2, 8) * 0.3
    matrix = torch.cat([theta, torch.ones(2, 1, dtype=torch.float64)], 1).reshape(2, 3, 3)
    x, y = ((torch.arange(n).double() * 2 + 1) / n - 1 for n in (5, 6))
    points = torch.stack([*torch.meshgrid(x, y, indexing="xy"), torch.ones(6, 5)], -1)
    moved = torch.einsum("bij,hwj->bhwi", matrix, points)
    expected = F.grid_sample(image, moved[..., :2] / moved[..., 2:], align_corners=False)
    close(built("grid_sample", MAP, Shape((8,)), grid="projective")(image, theta), expected)


def test_tps_moves_its_control_points_and_keeps_affine_motions() -> None:
    """The corners are control points and corners of the map: there the spline reads exactly where it is told."""
    net = built("grid_sample", SQUARE, Shape((32,)), grid="tps", align_corners=True, padding_mode="border")
    offsets = (torch.rand(2, 16, 2, dtype=torch.float64) - 0.5) * 0.4
    x, y = torch.meshgrid(torch.linspace(-1, 1, 5), torch.linspace(-1, 1, 5), indexing="xy")
    ramps = torch.stack([x, y]).double().expand(2, 2, 5, 5).contiguous()
    read = net(ramps, offsets.flatten(1))
    points = torch.stack(torch.meshgrid(torch.linspace(-1, 1, 4), torch.linspace(-1, 1, 4), indexing="xy"), -1).reshape(16, 2).double()
    for corner, (row, column) in {0: (0, 0), 3: (0, 4), 12: (4, 0), 15: (4, 4)}.items():
        close(read[:, :, row, column], (points[corner] + offsets[:, corner]).clamp(-1, 1))
    theta = torch.tensor([[0.7, 0.1, 0.05, -0.2, 0.6, -0.1]] * 2, dtype=torch.float64)
    affine = points @ theta[0].reshape(2, 3)[:, :2].T + theta[0].reshape(2, 3)[:, 2]
    moved = net(ramps, (affine - points).flatten().expand(2, -1))
    close(moved, built("grid_sample", SQUARE, Shape((6,)), align_corners=True, padding_mode="border")(ramps, theta), atol=1e-6, rtol=1e-5)


def test_upsample() -> None:
    x = randn(2, 4, 6, 5)
    close(built("upsample", MAP, scale_factor=[2, 3])(x), x.repeat_interleave(2, 2).repeat_interleave(3, 3))
    close(built("upsample", MAP, mode="bilinear")(x), F.interpolate(x, size=(12, 10), mode="bilinear"))
