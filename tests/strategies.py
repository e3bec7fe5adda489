"""Strategies that draw documents which are right by construction.

Every part is a function of ``draw`` and of the :class:`Extent` that enters it, and returns what it wrote with the extent that leaves. A *keeping*
part leaves the extent as it was, so that it may stand on any path, in any loop and around any skip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from hypothesis import strategies as st

from archdsl.spec.layout import dump

Draw = Callable[[st.SearchStrategy[Any]], Any]
Steps = list[Any]

PLAIN = ["relu", "gelu", "tanh", "sigmoid", "silu", "batch_norm", "layer_norm", "identity", {"dropout": 0.1}, {"scale": 0.5}, {"layer_scale": 1e-6}]
SUMS = ["add", "mean", "max", "mul", "join", "freeze_drop_path", {"join": {"drop_path": 0.15}}, {"freeze_drop_path": {"weights": "equal"}}]


@dataclass(frozen=True)
class Extent:
    """The shape of a map."""

    channels: int
    height: int
    width: int

    def strided(self, stride: int) -> Extent:
        return replace(self, height=-(-self.height // stride), width=-(-self.width // stride))


@dataclass
class Author:
    """Draws the parts of one document, and remembers what it may name."""

    draw: Draw
    depth: int = 3
    holes: bool = True
    names: Any = field(default_factory=count)
    blocks: dict[str, Any] = field(default_factory=dict)

    def pick(self, options: list[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def name(self, start: str) -> str:
        return f"{start}{next(self.names)}"

    def inner(self) -> Author:
        return replace(self, depth=self.depth - 1)

    # --- parts that keep the extent

    def keeping(self, extent: Extent, most: int = 2) -> Steps:
        """Draw a body after which the extent is what it was before."""
        steps: Steps = []
        for _ in range(self.number(0, most)):
            kinds = LEAVES if self.depth <= 0 else [*LEAVES, *COMPOUND]
            steps += self.pick(kinds)(self.inner(), extent)
        return steps

    def plain(self, extent: Extent) -> Steps:
        return [self.pick(PLAIN)]

    def convolution(self, extent: Extent) -> Steps:
        fields = {"out_channels": extent.channels, "kernel_size": self.pick([1, 3, 5, [1, 3]]), "bias": self.draw(st.booleans())}
        divisors = [groups for groups in (1, 2, 4) if extent.channels % groups == 0]
        return [{"conv": {**fields, "groups": self.pick(divisors), "dilation": self.pick([1, 2])}}]

    def depthwise(self, extent: Extent) -> Steps:
        return [{"depthwise_conv": {"kernel_size": self.pick([1, 3])}}]

    def smooth(self, extent: Extent) -> Steps:
        return [{"avg_pool": {"kernel_size": 3, "stride": 1, "padding": 1}}]

    def computed(self, extent: Extent) -> Steps:
        return [{"conv": self.pick(["$in_channels", f"$({extent.channels} * 2 // 2)", f"$(max(1, {extent.channels}))"])}, "$act"]

    def drawn(self, extent: Extent) -> Steps:
        if not self.holes:
            return ["relu"]
        return [{"conv": {"out_channels": extent.channels, "kernel_size": {"choice": [1, 3]}}}, {"dropout": {"float": [0, 0.5]}}]

    def called(self, extent: Extent) -> Steps:
        return [self.pick(["unit", {"unit": {"slope": 3}}, {"grow": 2}, {"grow": {"n": 1}}, {"to_width": extent.channels}])]

    def let(self, extent: Extent) -> Steps:
        name = self.name("w")
        return [{"let": {name: f"$({extent.channels} + 0)"}}, {"conv": f"${name}"}]

    def named(self, extent: Extent) -> Steps:
        name = self.name("h")
        return [{self.pick(["relu", "tanh"]): None, "as": name}, *self.keeping(extent, 1), {"merge": "add", "from": [name, name]}]

    def skip(self, extent: Extent) -> Steps:
        body = self.keeping(extent)
        shortcut = self.pick(["auto", "identity", "project", "pad", "pool_project", [], ["relu"]])
        gate = {"gate": [{"conv": extent.channels}, "sigmoid"]}
        return [self.pick([{"skip": body}, {"skip": {"body": body, "shortcut": shortcut, "merge": self.pick([*SUMS, gate])}}])]

    def dense(self, extent: Extent) -> Steps:
        return [{"skip": {"body": self.keeping(extent), "merge": "concat"}}, {"conv": extent.channels}]

    def branch(self, extent: Extent) -> Steps:
        paths: Any = [self.keeping(extent) for _ in range(self.number(1, 3))]
        if self.draw(st.booleans()):
            paths = {f"p{number}": path for number, path in enumerate(paths)}
        return [{"branch": {"paths": paths, "merge": self.pick(SUMS)}}]

    def repeated_paths(self, extent: Extent) -> Steps:
        fields: dict[str, Any] = {"times": self.number(1, 3), "path": self.keeping(extent), "merge": self.pick(SUMS)}
        if self.draw(st.booleans()):
            fields |= {"index": self.name("p"), "chain": {"merge": "add"}}
        return [{"branch": fields}]

    def split(self, extent: Extent) -> Steps:
        parts = self.pick([parts for parts in (1, 2, 3) if extent.channels % parts == 0])
        path = self.keeping(replace(extent, channels=extent.channels // parts))
        return [{"branch": {"split": "channels", "times": parts, "path": path, "merge": "concat"}}]

    def subset(self, extent: Extent) -> Steps:
        if not self.holes:
            return ["tanh"]
        some = [self.keeping(extent) for _ in range(3)]
        return [{"branch": {"paths": {"some": some, "count": self.pick([1, 2, [1, 3]])}, "merge": "add"}}]

    def repeat(self, extent: Extent) -> Steps:
        fields: dict[str, Any] = {"times": self.pick([0, 1, 2, 3, "$two"]), "body": self.keeping(extent)}
        if self.holes and self.draw(st.booleans()):
            fields["times"] = {"int": [1, 2]}
        if self.draw(st.booleans()):
            index = self.name("i")
            fields |= {"index": index, "body": [*fields["body"], {"relu": None, "when": f"$({index} % 2 == 0)"}]}
        return [{"repeat": fields}]

    def walk(self, extent: Extent) -> Steps:
        width, other = self.name("w"), self.name("d")
        widths = [self.number(1, 8) for _ in range(self.number(1, 3))]
        over = {width: widths, other: [self.pick([1, 3]) for _ in widths]}
        return [{"repeat": {"over": over, "body": [{"conv": {"out_channels": f"${width}", "kernel_size": f"${other}"}}]}}, {"conv": extent.channels}]

    def condition(self, extent: Extent) -> Steps:
        condition = self.pick(["$deep", True, False, "$(two > 1 and not deep)", f"$(in_channels == {extent.channels})"])
        return [{"if": condition, "then": self.keeping(extent), "else": self.keeping(extent)}]

    def sequence(self, extent: Extent) -> Steps:
        return [self.pick([self.keeping(extent), {"seq": self.keeping(extent), "when": "$deep"}])]

    def choice(self, extent: Extent) -> Steps:
        options = [self.keeping(extent) for _ in range(self.number(1, 3))]
        if not self.holes:
            return options[0]
        return [self.pick([{"choice": options}, {"choice": {"options": options, "weights": list(range(1, len(options) + 1))}}])]

    def cell(self, extent: Extent) -> Steps:
        nodes = self.number(2, 4)
        edges = {f"{self.number(0, target - 1)}->{target}": self.keeping(extent, 1) for target in range(1, nodes)}
        if self.draw(st.booleans()):
            edges[f"0->{nodes - 1}"] = self.keeping(extent, 1)
        several = self.draw(st.booleans())
        cell = {"nodes": nodes, "edges": edges, "merge": self.pick(SUMS), "output": [0, nodes - 1] if several else "last"}
        return [{"cell": cell}, {"conv": extent.channels}]

    def instance(self, extent: Extent) -> Steps:
        name = self.name("F")
        where: dict[str, Any] = {"where": {name: self.keeping(extent)}}
        if self.draw(st.booleans()):
            where["share"] = ["conv"]
        return [where, *[name] * self.number(1, 3)]

    def transformer(self, extent: Extent) -> Steps:
        heads = self.pick([heads for heads in (1, 2, 4) if extent.channels % heads == 0])
        body = ["layer_norm", {"attention": heads}]
        return ["to_tokens", {"skip": body}, {"linear": extent.channels}, {"to_map": {"height": extent.height, "width": extent.width}}]

    # --- parts that change it

    def stage(self, extent: Extent) -> tuple[Steps, Extent]:
        """Draw a step that may change the channels and the size."""
        stride = self.pick([1, 1, 2]) if min(extent.height, extent.width) > 1 else 1
        after = replace(extent, channels=self.number(1, 12)).strided(stride)
        body: Steps = [*self.keeping(extent, 1), {"conv": {"out_channels": after.channels, "kernel_size": self.pick([1, 3]), "stride": stride}}]
        ways = ["auto", "project", "pool_project", *(["pad"] if after.channels >= extent.channels else [])]
        skip: Steps = [{"skip": {"body": body, "shortcut": self.pick(ways)}}]
        call: Steps = [{"to_width": {"width": after.channels, "stride": stride}}]
        return self.pick([body, skip, call]), after

    def net(self, extent: Extent) -> Steps:
        """Draw the steps of a network."""
        steps: Steps = []
        for _ in range(self.number(1, 3)):
            steps += self.keeping(extent)
            more, extent = self.stage(extent)
            steps += more
        return steps + self.pick([[], ["global_avg_pool", {"linear": "$classes"}], ["flatten", {"linear": 10}, "relu"]])


LEAVES = [Author.plain, Author.convolution, Author.depthwise, Author.smooth, Author.computed, Author.drawn, Author.called, Author.let]
COMPOUND = [
    Author.named, Author.skip, Author.dense, Author.branch, Author.repeated_paths, Author.split, Author.subset, Author.repeat, Author.walk,
    Author.condition, Author.sequence, Author.choice, Author.cell, Author.instance, Author.transformer,
]  # fmt: skip


@st.composite
def documents(draw: Draw, holes: bool = True, depth: int = 2) -> dict[str, Any]:
    """Draw a document that loads; with ``holes`` it may be a search space."""
    author = Author(draw, depth, holes)
    extent = Extent(author.number(1, 8), author.number(1, 9), author.number(1, 9))
    grow = {"args": {"n": 1}, "body": [{"if": "$(n > 0)", "then": ["relu", {"grow": "$(n - 1)"}]}]}
    width = {"args": {"width": None, "stride": 1}, "body": [{"conv": {"out_channels": "$width", "kernel_size": 3, "stride": "$stride"}}]}
    unit = {"args": {"slope": 2}, "body": [*author.inner().keeping(Extent(12, 4, 4), 0), {"scale": "$slope"}]}
    return {
        "archdsl": 1,
        "name": "drawn",
        "input": [extent.channels, extent.height, extent.width],
        "vars": {"act": {"choice": ["relu", "silu"]} if holes else "relu", "classes": 10, "two": "$(1 + 1)", "deep": draw(st.booleans())},
        "blocks": {"grow": grow, "to_width": width, "unit": unit},
        "net": author.net(extent),
    }


def texts(holes: bool = True, depth: int = 2) -> st.SearchStrategy[str]:
    """Draw the text of a document that loads."""
    return documents(holes, depth).map(dump)
