"""The vocabulary: every op by its word. Adding an op is a class in its family's file and a line here."""

from collections.abc import Iterable

from archdsl.ops.activation import (
    ELU,
    GELU,
    Abs,
    HardSigmoid,
    HardSwish,
    LeakyReLU,
    Maxout,
    Mish,
    Pow,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from archdsl.ops.attention import Attention
from archdsl.ops.base import Op
from archdsl.ops.conv import Conv, ConvTranspose, DepthwiseConv
from archdsl.ops.layout import Expand, Flatten, Identity, Permute, Reshape, ToMap, ToTokens, Zero
from archdsl.ops.linear import Linear
from archdsl.ops.merge import Add, Concat, FreezeDropPath, Join, Max, Mean, Mul, Sub
from archdsl.ops.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm, RMSNorm
from archdsl.ops.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, LPPool, MaxPool
from archdsl.ops.regularization import Dropout, DropPath, LayerScale, Scale
from archdsl.ops.routing import Gate, Gather
from archdsl.ops.sampling import GridSample, Upsample
from archdsl.ops.selection import ChannelShuffle, Pad, Shift, Slice, Split, Subsample
from archdsl.ops.source import ClsToken, Embedding, Parameter, PositionTable

_ALL: tuple[type[Op], ...] = (
    Conv,
    ConvTranspose,
    DepthwiseConv,
    Linear,
    Attention,
    BatchNorm,
    LayerNorm,
    RMSNorm,
    GroupNorm,
    InstanceNorm,
    LocalResponseNorm,
    ReLU,
    LeakyReLU,
    PReLU,
    ELU,
    GELU,
    SiLU,
    HardSwish,
    ReLU6,
    HardSigmoid,
    Softplus,
    Mish,
    Abs,
    Sigmoid,
    Tanh,
    Softmax,
    Maxout,
    Pow,
    MaxPool,
    AvgPool,
    LPPool,
    AdaptiveAvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    Dropout,
    DropPath,
    LayerScale,
    Scale,
    Identity,
    Zero,
    Flatten,
    Reshape,
    Permute,
    ToTokens,
    ToMap,
    Expand,
    Slice,
    Split,
    Pad,
    Subsample,
    Shift,
    ChannelShuffle,
    Upsample,
    Parameter,
    PositionTable,
    ClsToken,
    Embedding,
    Add,
    Mul,
    Sub,
    Mean,
    Max,
    Concat,
    Join,
    FreezeDropPath,
    Gate,
    Gather,
    GridSample,
)


def vocabulary(ops: Iterable[type[Op]]) -> dict[str, type[Op]]:
    """Return the ops by their words; raise :class:`ValueError` when two of them share one.

    >>> vocabulary([Add, Mul])["mul"].__name__
    'Mul'
    """
    table: dict[str, type[Op]] = {}
    for op in ops:
        if op.name in table:
            raise ValueError(f"two ops are named `{op.name}`: {table[op.name].__name__} and {op.__name__}")
        table[op.name] = op
    return table


OPS = vocabulary(_ALL)
