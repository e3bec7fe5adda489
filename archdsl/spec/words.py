"""Words of other libraries and books, and what stands for them in a document."""

from __future__ import annotations

SYNONYMS: dict[str, tuple[str, ...]] = {
    "layers": ("net", "body"),
    "steps": ("net", "body"),
    "model": ("net",),
    "filters": ("out_channels",),
    "channels": ("out_channels",),
    "units": ("out_features",),
    "features": ("out_features",),
    "size": ("kernel_size",),
    "pool_size": ("kernel_size",),
    "strides": ("stride",),
    "rate": ("p",),
    "drop_prob": ("p",),
    "num_heads": ("heads",),
    "use_bias": ("bias",),
    "epsilon": ("eps",),
}
"""Fields by the words that other libraries have for them."""

ELSEWHERE = {
    **dict.fromkeys(("in_channels", "in_features", "num_features", "input_dim", "embed_dim"), "the channels that enter are known: leave it out"),
    **dict.fromkeys(("activation", "act", "nonlinearity"), "an activation is a step of its own: `- relu`"),
    "name": "`as` names the value, beside the head: `{relu: , as: h}`",
    "input_shape": "the document's `input` says what enters: `input: [3, 224, 224]`",
}
"""Words that are fields in other libraries and none here, with what to do instead."""


def alias(name: str) -> str | None:
    """Return the advice about a word of another library or book."""
    return _ALIASES.get(name.lower().replace("_", ""))


_ALIASES = {
    "conv2d": "use `conv`; the dimensions come from the input",
    "conv1d": "use `conv`; the dimensions come from the input",
    "convolution": "use `conv`",
    "dense": "use `linear`",
    "fc": "use `linear`",
    "fullyconnected": "use `linear`",
    "bn": "use `batch_norm`",
    "gap": "use `global_avg_pool`",
    "sum": "use `add`",
    "cat": "use `concat`",
    "swish": "use `silu`",
    "meanpool": "use `global_avg_pool`; it takes tokens, too",
    "globalaveragepooling2d": "use `global_avg_pool`",
    "subtract": "use `sub`",
    "minus": "use `sub`",
    "multiply": "use `mul`",
    "average": "use `mean`",
    "interpolate": "use `upsample`",
    "deconv": "use `conv_transpose`",
    "convtranspose2d": "use `conv_transpose`",
    "multiheadattention": "use `attention`",
    "selfattention": "use `attention`; it takes one value, and three as `from: [queries, keys, values]`",
    "se": "write `branch: {merge: mul, paths: [[], [global_avg_pool, {linear: r}, relu, {linear: c}, sigmoid]]}`",
    "block": "call a block by its own name",
    "residual": "use `skip`",
    "parallel": "use `branch`",
    "for": "use `repeat`",
    "loop": "use `repeat`",
    "set": "use `let`",
}
