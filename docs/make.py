"""Write the pages that are made from the code and the catalogue: `python docs/make.py`. A test says when they are out of date.

`python docs/make.py --pictures` also draws the pictures anew, for which Graphviz or pygraphviz is needed.
"""

from __future__ import annotations

import inspect
import runpy
import sys
from collections.abc import Iterable
from pathlib import Path

import archdsl
from archdsl.analysis.zoo import Exhibit, visit
from archdsl.ops.base import Op
from archdsl.ops.catalogue import OPS
from archdsl.source import read_source
from archdsl.spec.catalogue import shipped_folder
from archdsl.spec.document import Document
from archdsl.spec.reader import read_document
from archdsl.training.recipes import Recipe, load_recipe, shipped_recipes

HERE = Path(__file__).parent

# --- the ops ------------------------------------------------------------------------------------------------------------------------------

FAMILIES = {
    "conv": "Convolutions",
    "linear": "Linear layers",
    "attention": "Attention",
    "norm": "Norms",
    "activation": "Activations",
    "pool": "Pools",
    "regularization": "Regularization and scaling",
    "shape": "Shapes",
    "source": "Sources of values",
    "merge": "Merges",
}


def ops_page() -> str:
    """Return the page of all ops, by family."""
    first = "The first field is the one that a plain value sets: `conv: 64` is `conv: {out_channels: 64}`."
    parts = ["# The ops", f"What a step may name, by family. {first}"]
    for family, title in FAMILIES.items():
        parts.append(f"## {title}")
        parts += [_op(op) for op in OPS.values() if op.family == family]
    return "\n\n".join(parts) + "\n"


def _op(op: type[Op]) -> str:
    fields = ", ".join(_field(op, name) for name in op.model_fields)
    head = f"### `{op.name}`\n\n" + (f"Fields: {fields}\n\n" if fields else "")
    roles = "" if op.roles in (("input",), ("values",)) else f"Values: {', '.join(f'`{role}`' for role in op.roles) or 'none'}\n\n"
    return head + roles + _text(op)


def _field(op: type[Op], name: str) -> str:
    field = op.model_fields[name]
    if field.is_required():
        return f"`{name}` (required)"
    default = field.get_default()
    return f"`{name}`" if default is None else f"`{name}: {_plain(default)}`"


def _plain(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _text(op: type[Op]) -> str:
    lines = inspect.cleandoc(op.__doc__ or "").replace("``", "`").splitlines()
    return "\n".join(f"{line}\n" if line in ("Raises:", "Attributes:") else line for line in lines)


# --- the catalogue ------------------------------------------------------------------------------------------------------------------------

SECTIONS = {
    "Where it began": "lenet alexnet vgg nin all-cnn",
    "Residual networks": "highway highway-mnist highway-fc resnet resnet-cifar resnet-elu preresnet preresnet-cifar stochastic-depth wide-resnet "
    "wide-resnet-imagenet",
    "Paths beside paths": "resnext resnext-cifar multiresnet multiresnet-imagenet ror ror-preactivated ror-pooled polyinception polynet",
    "Many scales": "res2net res2next29 dla senet googlenet inception-v3 inception-v4 inception-resnet xception",
    "Fractals and dense connections": "fractalnet smith-topin densenet densenet-cifar",
    "Hybrids": "irrcnn unet r2unet-small",
    "Small and modern": "mobilenet-v1 convnext vit ijepa ijepa-small",
    "Spatial transformers": "spatial-transformer mnist-addition",
}


def catalogue_page() -> str:
    """Return the page of the catalogue: every family with its idea, its picture and its table."""
    by_file: dict[str, list[Exhibit]] = {}
    for exhibit in visit():
        by_file.setdefault(exhibit.file.removesuffix(".yaml"), []).append(exhibit)
    sections = {title: names.split() for title, names in SECTIONS.items()}
    listed = {name for names in sections.values() for name in names}
    sections["Others"] = [name for name in by_file if name not in listed]
    total = sum(map(len, by_file.values()))
    parts = ["# The catalogue", _INTRODUCTION.format(networks=total, documents=len(by_file))]
    for title, names in sections.items():
        parts.append(f"## {title}")
        parts += [_family(name, by_file[name]) for name in names if name in by_file]
    parts += ["## Figures that do not agree by rounding alone", _explained(each for exhibits in by_file.values() for each in exhibits)]
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """{networks} networks in {documents} documents under `specs/`. Counts are archdsl's own, for one sample: parameters, and
multiply-adds of convolutions, linear layers and attention. *Published* is what the source prints; `archdsl zoo` compares the two. The verdict is
*agrees* when the count rounds to the printed figure, *explained* when the source counts otherwise and says so, or when a note below tells why the
figure cannot be met."""


def _family(name: str, exhibits: list[Exhibit]) -> str:
    document = read(name)
    lines = [f"### {document.name or name}", " ".join((document.about or "").split())]
    lines.append(f"[`specs/{name}.yaml`](../specs/{name}.yaml)" + (f", {document.cite}" if document.cite else ""))
    if (HERE / "pictures" / f"{name}.svg").exists():
        lines.append(f"![{document.name or name}](pictures/{name}.svg)")
    return "\n\n".join([line for line in lines if line] + [_table(exhibits)])


def read(name: str) -> Document:
    """Return a document of the catalogue."""
    return read_document(read_source(shipped_folder() / f"{name}.yaml"), shipped=shipped_folder())


def _table(exhibits: list[Exhibit]) -> str:
    rows = ["| network | params | MACs | published | verdict |", "|---|---:|---:|---|---|"]
    for each in exhibits:
        printed = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in each.published.items() if key not in ("source", "note", "rule"))
        source = f" ({each.published['source']})" if printed and each.published.get("source") else ""
        rows.append(f"| `{each.name}` | {each.count.params:,} | {each.count.macs:,} | {_cell(printed + source)} | {each.verdict} |")
    return "\n".join(rows)


def _explained(exhibits: Iterable[Exhibit]) -> str:
    rows = ["| network | figure | counted | printed | why |", "|---|---|---:|---|---|"]
    for exhibit in exhibits:
        for each in exhibit.comparisons:
            if each.verdict == "explained":
                why = each.rule.replace("_", " ") + (f": {exhibit.published['note']}" if exhibit.published.get("note") else "")
                rows.append(f"| `{exhibit.name}` | {each.name} | {each.counted:,} | {each.printed} | {_cell(why)} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --- the recipes --------------------------------------------------------------------------------------------------------------------------


def recipes_page() -> str:
    """Return the page of the shipped recipes: those of papers, and short ones."""
    recipes = [load_recipe(name) for name in shipped_recipes()]
    head = "| recipe | epochs | batch | optimizer | learning rate | what else | for | source |\n|---|---:|---:|---|---|---|---|---|"
    text = (
        "`archdsl train NET --recipe NAME`. What a paper leaves open is said. Networks that are not listed are trained as those of their kind. "
        "Images of large folders are first brought to one size (`--size 224`), so that crops are of that size's pixels."
    )
    return "\n\n".join(["# The recipes", text, "\n".join([head, *map(_recipe, recipes)])]) + "\n"


def _recipe(recipe: Recipe) -> str:
    shown = recipe.model_dump(exclude_defaults=True)
    rest = {"clip", "ema", "label_smoothing", "mixup", "cutmix", "global_drop_path", "stochastic_depth", "aux"} & set(shown)
    extra = [f"{name} {_values(shown[name])}".strip() for name in type(recipe).model_fields if name in rest]
    changes = [f"{each.kind} {_values(shown['augment'][number][each.kind])}".strip() for number, each in enumerate(recipe.augment)]
    kinds = [f"{each.kind} {_values(each.chosen.model_dump(exclude_defaults=True))}".strip() for each in (recipe.optimizer, recipe.schedule)]
    cells = [f"`{recipe.name}`", f"{recipe.epochs}", f"{recipe.batch_size:,}", *kinds, ", ".join([*changes, *extra]), _cell(recipe.about)]
    return "| " + " | ".join([*cells, recipe.cite]) + " |"


def _values(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_values(each)}" for name, each in value.items())
    if isinstance(value, (tuple, list)):
        return " ".join(map(_values, value))
    return f"{value:g}" if isinstance(value, float) else _plain(value)


# --- writing ------------------------------------------------------------------------------------------------------------------------------

PAGES = {"ops.md": ops_page, "catalogue.md": catalogue_page, "recipes.md": recipes_page}


def draw_pictures() -> None:
    """Draw the README's network, and one of each family of the catalogue."""
    folder = HERE / "pictures"
    folder.mkdir(exist_ok=True)
    archdsl.render(archdsl.load(HERE / "small-resnet.yaml"), folder / "small-resnet.svg")
    for path in sorted(shipped_folder().glob("*.yaml")):
        arch = archdsl.load(path)
        if arch.graphs:
            archdsl.render(arch if len(arch.graphs) == 1 else next(iter(arch.graphs.values())), folder / f"{path.stem}.svg")


def main() -> None:
    """Write every page."""
    if "--pictures" in sys.argv[1:]:
        draw_pictures()
        runpy.run_path(str(HERE / "rendering_pictures.py"), run_name="__main__")
    for name, page in PAGES.items():
        (HERE / name).write_text(page())


if __name__ == "__main__":
    main()
