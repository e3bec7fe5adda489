"""A document to its graphs: settles the vars, walks every network, folds joins, and reports what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from archdsl.errors import Diagnostic, ExpansionError, SpecError, UsageError, did_you_mean
from archdsl.expansion.drawing import Draw, Drawer
from archdsl.expansion.evaluation import Evaluator, span_of
from archdsl.expansion.folding import fold_joins
from archdsl.expansion.replaying import Replaying
from archdsl.expansion.state import POISON, Frame, Poison, Poisoned, Scope, Stop, Wrong
from archdsl.expansion.uses import Uses
from archdsl.expansion.walk import Walk
from archdsl.ir.graph import Graph, Node, rebuild
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.ops.fields import LARGEST, Init
from archdsl.ops.shape import Shape
from archdsl.spec.document import Document, Network, Variant
from archdsl.spec.explaining import in_order
from archdsl.spec.pieces import item_place, span_at
from archdsl.spec.reading import describe
from archdsl.spec.values import Counter, read_value

RANKS: dict[Any, range] = {"map": range(2, 5), "tokens": range(2, 3), "vector": range(1, 2), "index": range(1, 2)}
"""How many axes a value of each kind may have."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a document means: its graphs by the name of the network, the values of its vars, and what was drawn."""

    graphs: dict[str, Graph]
    vars: dict[str, Any]
    draws: tuple[Draw, ...]
    warnings: tuple[Diagnostic, ...]


def expand(
    document: Document,
    variant: str | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    ops: Mapping[str, type[Op]] = OPS,
    fixed: dict[str, Any] | None = None,
    walk: Callable[..., Walk] = Replaying,
    drawer: Callable[..., Drawer] = Drawer,
) -> Expansion:
    """Expand a document to graphs with shapes.

    Args:
        document: What was read.
        variant: The name of one of its variants.
        settings: Values for vars by name, for elements of vars by ``name.index``, and for ``input``.
        seed: What the holes are drawn from.
        ops: The vocabulary.
        fixed: Draws by address that are taken as they are.
        walk: What makes the walk over each network; another one may keep notes.
        drawer: What makes the drawer, from the seed and the fixed draws.

    Raises:
        UsageError: If the variant or a setting names nothing that the document has.
        ExpansionError: With everything that is wrong, in source order.
    """
    chosen = _variant(document, variant)
    draws = drawer(seed, fixed)
    settled = _Vars(draws, document, chosen, dict(settings or {}))
    try:
        globals = settled.settle()
        return _expand_networks(document, chosen, dict(settings or {}), partial(walk, document, ops, draws, globals), draws, globals, settled.wrong)
    except RecursionError:
        help = "a block that calls itself needs an `if` that ends it"
        raise ExpansionError(Diagnostic("E402", "calls and bodies are nested too deep", None, help)) from None


def settle_vars(document: Document, variant: str | None, settings: Mapping[str, Any], drawer: Drawer) -> dict[int, dict[str, Any]]:
    """Return the values of the vars of a document and of its libraries, by the id of the document.

    Raises:
        ExpansionError: If one has no value.
    """
    settled = _Vars(drawer, document, _variant(document, variant), dict(settings))
    found = settled.settle()
    if settled.wrong:
        raise ExpansionError(in_order(settled.wrong))
    return found


def _variant(document: Document, name: str | None) -> Variant | None:
    if name is None:
        return None
    if name not in document.variants:
        listed = ", ".join(f"`{each}`" for each in list(document.variants)[:20])
        help = did_you_mean(name, document.variants) or (f"its variants are {listed}" if listed else "it has no variants")
        raise UsageError(Diagnostic("E113", f"{_called(document)} has no variant `{name}`", None, help))
    return document.variants[name]


def _called(document: Document) -> str:
    return f"`{document.name}`" if document.name else "the document"


class _Vars(Evaluator):
    """Evaluates the vars of a document and of its libraries, in order. One that goes wrong has no value, and the rest goes on."""

    def __init__(self, drawer: Drawer, document: Document, variant: Variant | None, settings: dict[str, Any]) -> None:
        super().__init__(drawer)
        self.document = document
        self.variant = variant
        self.settings = settings
        self.wrong: list[Diagnostic] = []

    def settle(self) -> dict[int, dict[str, Any]]:
        """Return the vars of every document, by its id."""
        self._check_settings()
        found: dict[int, dict[str, Any]] = {}
        stack = list(self.document.libraries)
        while stack:
            library = stack.pop()
            if id(library) not in found:
                found[id(library)] = self._evaluate(library, dict(library.vars), {}, f"library{len(found) + 1}")
                stack.extend(library.libraries)
        written = {**self.document.vars, **(self.variant.vars if self.variant else {})}
        found[id(self.document)] = self._evaluate(self.document, written, self.settings)
        return found

    def _check_settings(self) -> None:
        for key in self.settings:
            if str(key).split(".")[0] not in self.document.vars and key != "input":
                names = [*self.document.vars, "input"]
                help = did_you_mean(str(key), names) or "it has " + ", ".join(f"`{each}`" for each in names[:20])
                raise UsageError(Diagnostic("E113", f"{_called(self.document)} has no var `{key}` to set", None, help))

    def _evaluate(self, document: Document, written: dict[str, Any], settings: dict[str, Any], address: str = "") -> dict[str, Any]:
        values: dict[str, Any] = {}
        frame = Frame(Scope({}, values), document, address=address)
        for name in document.vars:
            given = name in settings
            try:
                values[name] = self.value(read_setting(name, settings[name]) if given else written[name], frame)
            except Wrong as wrong:
                found = wrong.diagnostic
                self.wrong.append(replace(found, message=f"{found.message}, in the value set for `{name}`") if given else found)
                values[name] = POISON
            except Poisoned:
                values[name] = POISON
            for key, element in settings.items():
                head, _, path = key.partition(".")
                if head == name and path:
                    values[name] = _with_element(values[name], path.split("."), read_setting(key, element), key)
        return values

    def late(self, name: str) -> str:
        if name in self.document.vars:
            return f"vars are evaluated from the top down: put `{name}` above"
        return "a var may name those that stand above it"

    def near(self, name: str, frame: Frame) -> str | None:
        return did_you_mean(name, frame.scope.globals)


def read_setting(name: str, value: Any) -> Any:
    """Return a value that the caller sets, as a document would hold it.

    Raises:
        UsageError: If no document could hold it.
    """
    try:
        _check_plain(value)
        return read_value(value, Counter("set"))
    except SpecError as error:
        found = [replace(each, message=f"{each.message}, in the value set for `{name}`") for each in error.diagnostics]
        raise UsageError(found) from None


def _check_plain(value: Any, depth: int = 0) -> None:
    if isinstance(value, (dict, list, tuple)) and depth < 20:
        for each in value.values() if isinstance(value, dict) else value:
            _check_plain(each, depth + 1)
    elif not isinstance(value, (bool, int, float, str, type(None))):
        raise SpecError(Diagnostic("E113", f"a value is a number, a text, a list or a mapping, got `{type(value).__name__}`"))


def _with_element(value: Any, path: list[str], element: Any, key: str) -> Any:
    if not path:
        return element
    head, *rest = path
    if isinstance(value, dict) and head in value:
        return {**value, head: _with_element(value[head], rest, element, key)}
    if isinstance(value, tuple) and head.isdigit() and int(head) < len(value):
        index = int(head)
        return (*value[:index], _with_element(value[index], rest, element, key), *value[index + 1 :])
    counted = f"it has {len(value)}, counted from 0" if isinstance(value, tuple) else f"it is {describe(value)}"
    owner = key[: key.rindex("." + ".".join(path))]
    raise UsageError(Diagnostic("E113", f"`{owner}` has no element `{head}` to set: {counted}"))


def _expand_networks(
    document: Document,
    variant: Variant | None,
    settings: dict[str, Any],
    walk_of: Callable[[], Walk],
    drawer: Drawer,
    globals: dict[int, dict[str, Any]],
    wrong: list[Diagnostic],
) -> Expansion:
    networks: dict[str, Document | Network] = dict(document.networks) if document.networks is not None else {"": document}
    if document.net is None and document.networks is None:
        networks = {}
    graphs: dict[str, Graph] = {}
    uses = Uses()
    for name, network in networks.items():
        walk = walk_of()
        override = settings.get("input", variant.input if variant and variant.input is not None else None)
        graph = _expand_one(walk, document, network, name, override, uses)
        wrong += walk.builder.found.values()
        if graph is not None and not wrong:
            graphs[name] = graph
    if wrong:
        raise ExpansionError(in_order(wrong))
    return Expansion(graphs, globals[id(document)], drawer.draws, tuple(in_order(uses.warnings())))


def _expand_one(walk: Walk, document: Document, network: Document | Network, name: str, override: Any, uses: Uses) -> Graph | None:
    frame = Frame(Scope({}, walk.globals[id(document)]), document, address=name)
    try:
        inputs = _inputs(walk, network, frame, override)
        frame.scope.update(inputs)
        value = next(iter(inputs.values())) if len(inputs) == 1 else None
        assert network.net is not None
        value = walk.body(network.net, value, frame)
        outputs = _outputs(walk, network, value, frame)
    except (Wrong, Stop) as wrong:
        walk.builder.found.setdefault(wrong.diagnostic, wrong.diagnostic)
        return None
    except Poisoned:
        return None
    graph = walk.builder.graph(name or document.name or "network", outputs)
    uses.add(walk.given, graph.nodes, graph.outputs)
    return fold_joins(_with_zero_norms(graph, walk.last_norms))


def _inputs(walk: Walk, network: Document | Network, frame: Frame, override: Any) -> dict[str, Node]:
    written = dict(network.inputs) if network.inputs is not None else {"input": network.input}
    places: dict[str, Any] = {name: item_place(_field(network, "inputs"), name) or network.at("input") for name in written}
    if override is not None:
        if len(written) != 1:
            listed = ", ".join(f"`{name}`" for name in written)
            raise UsageError(Diagnostic("E113", f"`input` sets the only input, and the network has {len(written)}: {listed}"))
        written = {next(iter(written)): read_setting("input", override)}
        places = {}
    shapes = {name: _shape(walk, value, frame, name, places.get(name)) for name, value in written.items()}
    return {name: walk.builder.add_input(name, shape, places.get(name)) for name, shape in shapes.items()}


def _field(network: Document | Network, name: str) -> Any:
    raw = cast(Any, network.raw)
    return raw.get(name) if isinstance(raw, dict) else None


def _shape(walk: Walk, written: Any, frame: Frame, name: str, place: Any) -> Shape:
    given: Any = walk.value(written, frame)
    value, kind = (given.get("shape"), given.get("kind")) if isinstance(given, dict) else (given, None)
    if not (isinstance(value, tuple) and 1 <= len(value) <= 4 and all(type(each) is int and 0 < each < LARGEST for each in value)):
        wanted = "a list of 1 to 4 positive whole numbers, such as `[3, 224, 224]`"
        raise Wrong("E103", f"the shape of `{name}` must be {wanted}, got {describe(value)}", span_of(written, place))
    if kind is not None and len(value) not in RANKS[kind]:
        raise Wrong("E103", f"the shape of `{name}` has {len(value)} axes, which cannot be read as `kind: {kind}`", span_of(written, place))
    return Shape(tuple(value), kind)  # type: ignore[arg-type]


def _outputs(walk: Walk, network: Document | Network, value: Any, frame: Frame) -> tuple[Node, ...]:
    if network.outputs is None:
        if isinstance(value, Node):
            return (value,)
        if isinstance(value, Poison):
            raise Poisoned
        raise Wrong("E207", "the network ends without a value", span_at(network.key_at("net")), "name its outputs: `outputs: [name, ...]`")
    place = network.at("outputs")
    names = walk.value(network.outputs, frame)
    names = names if isinstance(names, tuple) else (names,)
    if not names:
        raise Wrong("E204", "`outputs` names no value of the network", span_at(place))
    written = _field(network, "outputs")
    return tuple(_output(name, frame, item_place(written, number) or place) for number, name in enumerate(names))


def _output(name: Any, frame: Frame, place: Any) -> Node:
    node = frame.scope.get(name) if isinstance(name, str) else name
    if isinstance(node, Poison):
        raise Poisoned
    if not isinstance(node, Node):
        labels = [key for key, each in frame.scope.items() if isinstance(each, Node)]
        raise Wrong("E204", f"`outputs` names {describe(name)}, which is no value of the network", span_at(place), did_you_mean(str(name), labels))
    return node


def _with_zero_norms(graph: Graph, norms: set[Node]) -> Graph:
    """Start the last norm of every residual body at zero, so that each block begins as the identity (arXiv:1706.02677)."""
    if not norms:
        return graph
    zero = {node: replace(node, op=node.op.model_copy(update={"init": Init(weight=0)})) for node in norms}
    return rebuild(graph, [zero.get(node, node) for node in graph.nodes], zero)
