"""Wrong files, imports and calls, and the whole message that each gives: what takes more than one document to go wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import archdsl
from archdsl.errors import UsageError
from archdsl.ops.activation import ReLU

NET = b"archdsl: 1\ninput: [3, 8, 8]\nnet: [relu]\n"
UNIT = b"archdsl: 1\nblocks: {unit: {args: {width: }, body: [{conv: $width}]}}\n"
USES = b"archdsl: 1\ninput: [3, 8, 8]\nimport: %s\nnet: [{unit: 8}]\n"


def deep(count: int) -> dict[str, bytes]:
    """Return so many libraries, each of which imports the next."""
    return {f"lib{number}.yaml": b"archdsl: 1\nimport: lib%d.yaml\n" % (number + 1) for number in range(count)}


FILES: dict[str, tuple[dict[str, bytes], str, str]] = {
    "missing": ({}, "nets/net.yaml", "error[E001]: there is no file `nets/net.yaml`"),
    "missing, with a near name": (
        {"resnet.yaml": NET, "vit.yaml": NET},
        "resent.yaml",
        "error[E001]: there is no file `resent.yaml`\n  = help: did you mean `resnet.yaml`?",
    ),
    "missing, in a folder": (
        {"nets/resnet.yaml": NET},
        "nets/resnet.yml",
        "error[E001]: there is no file `nets/resnet.yml`\n  = help: did you mean `nets/resnet.yaml`?",
    ),
    "no such network": (
        {},
        "resnet_5o",
        "error[E001]: there is no file and no network of the catalogue called `resnet_5o`\n  = help: did you mean `resnet50`?",
    ),
    "not like any network": (
        {},
        "zzz",
        "error[E001]: there is no file and no network of the catalogue called `zzz`\n  = help: `archdsl zoo` lists the catalogue",
    ),
    "a name longer than the system allows": (
        {},
        "q" * 400,
        f"error[E001]: there is no file and no network of the catalogue called `{'q' * 400}`\n  = help: `archdsl zoo` lists the catalogue",
    ),
    "a file as a folder": (
        {"net.yaml": NET},
        "net.yaml/inner.yaml",
        "error[E001]: cannot read `net.yaml/inner.yaml`: not a directory",
    ),
    "directory": (
        {"nets/a.yaml": NET, "nets/b.yaml": NET, "nets/notes.txt": b""},
        "nets",
        "error[E002]: `nets` is a directory, not a document\n  = help: name one of its documents: `a.yaml`, `b.yaml`",
    ),
    "directory without documents": ({"nets/notes.txt": b""}, "nets", "error[E002]: `nets` is a directory, not a document"),
    "empty": ({"net.yaml": b""}, "net.yaml", "error[E005]: `net.yaml` is empty\n  = help: a document starts with `archdsl: 1`"),
    "blank": ({"net.yaml": b"\n \n"}, "net.yaml", "error[E005]: `net.yaml` is empty\n  = help: a document starts with `archdsl: 1`"),
    "binary": (
        {"net.yaml": bytes(range(256)) * 8},
        "net.yaml",
        "error[E004]: `net.yaml` is a binary file\n  = help: save the document as UTF-8 text",
    ),
    "only zeros": ({"net.yaml": bytes(64)}, "net.yaml", "error[E004]: `net.yaml` is a binary file\n  = help: save the document as UTF-8 text"),
    "latin 1": (
        {"net.yaml": b"archdsl: 1\nname: r\xe9seau\n"},
        "net.yaml",
        "error[E004]: `net.yaml` is not UTF-8: byte 0xe9 in line 2\n  = help: save the document as UTF-8 text",
    ),
    "utf 16": (
        {"net.yaml": NET.decode().encode("utf-16")},
        "net.yaml",
        "error[E004]: `net.yaml` is a binary file\n  = help: save the document as UTF-8 text",
    ),
    "50 MB": (
        {"net.yaml": NET + b"#" * 50_000_000},
        "net.yaml",
        "error[E003]: `net.yaml` is larger than 1,000,000 bytes; a document is a page or two",
    ),
    "too many values": (
        {"net.yaml": NET.replace(b"[relu]", b"\n" + b"- relu\n" * 30_000)},
        "net.yaml",
        "error[E003]: `net.yaml` holds more than 30,000 values; a document is a page or two\n     --> net.yaml:29994:3\n      |\n29994 | - relu\n"
        "      |   ^^^^\n      = help: say what repeats with `repeat` and blocks",
    ),
    "a control character": (
        {"net.yaml": b"archdsl: 1\nname: a\x07b\n"},
        "net.yaml",
        "error[E014]: the character U+0007 may not stand in YAML\n --> net.yaml:2:8\n  |\n2 | name: a\N{REPLACEMENT CHARACTER}b\n  |        ^",
    ),
    "import missing, with a near name": (
        {"net.yaml": USES % b"[residul.yaml]", "residual.yaml": UNIT},
        "net.yaml",
        "error[E114]: there is no library `residul.yaml`\n --> net.yaml:3:10\n  |\n3 | import: [residul.yaml]\n  |          ^^^^^^^^^^^^\n"
        "  = help: did you mean `residual.yaml`?",
    ),
    "import itself through another": (
        {"net.yaml": USES % b"a.yaml", "a.yaml": b"archdsl: 1\nimport: b.yaml\n", "b.yaml": b"archdsl: 1\nimport: a.yaml\n"},
        "net.yaml",
        "error[E114]: `a.yaml` imports itself\n --> b.yaml:2:9\n  |\n2 | import: a.yaml\n  |         ^^^^^^\n"
        "  = help: move the shared blocks to a library of their own",
    ),
    "imports without end": (
        {"net.yaml": USES % b"lib0.yaml", **deep(30)},
        "net.yaml",
        "error[E114]: more than 20 imports inside one another\n --> lib19.yaml:2:9\n  |\n2 | import: lib20.yaml\n  |         ^^^^^^^^^^",
    ),
    "import of a folder": (
        {"net.yaml": USES % b"blocks", "blocks/a.yaml": UNIT},
        "net.yaml",
        "error[E114]: there is no library `blocks`\n --> net.yaml:3:9\n  |\n3 | import: blocks\n  |         ^^^^^^\n"
        "  = help: did you mean `blocks/a.yaml`?",
    ),
    "import of what is not YAML": (
        {"net.yaml": USES % b"a.yaml", "a.yaml": b"archdsl: 1\nblocks: {unit: [\n"},
        "net.yaml",
        "error[E006]: not YAML: this `[` is never closed\n --> a.yaml:2:16\n  |\n2 | blocks: {unit: [\n  |                ^",
    ),
    "import of a binary file": (
        {"net.yaml": USES % b"a.yaml", "a.yaml": bytes(9)},
        "net.yaml",
        "error[E004]: `a.yaml` is a binary file\n  = help: save the document as UTF-8 text",
    ),
    "mistakes in two files at once": (
        {"net.yaml": USES % b"[a.yaml]" + b"extra: 1\n", "a.yaml": b"archdsl: 1\nblocks: {unit: {body: [reul]}}\n"},
        "net.yaml",
        "error[E104]: there is no op or block `reul`\n --> a.yaml:2:24\n  |\n2 | blocks: {unit: {body: [reul]}}\n  |                        ^^^^\n"
        "  = help: did you mean `relu`?\n\n"
        "error[E101]: the document has no field `extra`\n --> net.yaml:5:1\n  |\n5 | extra: 1\n  | ^^^^^",
    ),
    "a block that two libraries bring": (
        {"net.yaml": USES % b"[a.yaml, b.yaml]", "a.yaml": UNIT, "b.yaml": UNIT},
        "net.yaml",
        "error[E111]: the block `unit` is imported from `a.yaml` and from `b.yaml`\n --> net.yaml:3:9\n  |\n3 | import: [a.yaml, b.yaml]\n"
        "  |         ^^^^^^^^^^^^^^^^\n  = help: rename one of them",
    ),
    "a block that is also imported": (
        {"net.yaml": USES % b"a.yaml" + b"blocks: {unit: {args: {w: }, body: [relu]}}\n", "a.yaml": UNIT},
        "net.yaml",
        "error[E111]: the block `unit` is also imported\n --> net.yaml:5:10\n  |\n5 | blocks: {unit: {args: {w: }, body: [relu]}}\n"
        "  |          ^^^^\n"
        "  = help: rename one of them",
    ),
    "a mistake inside an imported block": (
        {"net.yaml": USES % b"a.yaml", "a.yaml": UNIT.replace(b"conv", b"linear")},
        "net.yaml",
        "error[E301]: `linear` works on a vector (C) or tokens (N, C), got a map (C, H, W) (3, 8, 8)\n --> a.yaml:2:42\n  |\n"
        "2 | blocks: {unit: {args: {width: }, body: [{linear: $width}]}}\n  |                                          ^^^^^^\n"
        "  = note: in `unit`, called at net.yaml:4:8\n  = help: put `global_avg_pool` or `flatten` before it",
    ),
    "blocks of the importer are unknown to a library": (
        {"net.yaml": USES % b"a.yaml" + b"blocks: {mine: {body: [relu]}}\n", "a.yaml": UNIT.replace(b"{conv: $width}", b"mine")},
        "net.yaml",
        "error[E104]: there is no op or block `mine`\n --> a.yaml:2:41\n  |\n2 | blocks: {unit: {args: {width: }, body: [mine]}}\n"
        "  |                                         ^^^^",
    ),
    "a flood": (
        {"net.yaml": b"archdsl: 1\ninput: [3, 8, 8]\nnet:\n" + b"- {linear: 1, from: input}\n" * 60},
        "net.yaml",
        "\n\n".join(
            f"error[E301]: `linear` works on a vector (C) or tokens (N, C), got a map (C, H, W) (3, 8, 8)\n"
            f"{' ' * len(str(line))}--> net.yaml:{line}:4\n"
            f"{' ' * len(str(line))} |\n{line} | - {{linear: 1, from: input}}\n{' ' * len(str(line))} |    ^^^^^^\n"
            f"{' ' * len(str(line))} = help: put `global_avg_pool` or `flatten` before it"
            for line in range(4, 54)
        )
        + "\n\nerror[E405]: more than 50 mistakes; the rest is not shown",
    ),
}


def lay(files: Mapping[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@pytest.mark.parametrize("name", FILES)
def test_files(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, source, message = FILES[name]
    lay(files, tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(archdsl.ArchError) as caught:
        archdsl.load(source)
    assert str(caught.value) == message


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay({"nets/net.yaml": USES % b"a.yaml", "secret.yaml": UNIT}, tmp_path)
    (tmp_path / "nets" / "a.yaml").symlink_to(tmp_path / "secret.yaml")
    monkeypatch.chdir(tmp_path / "nets")
    with pytest.raises(archdsl.SpecError, match=r"there is no library `a\.yaml`"):
        archdsl.load("net.yaml")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    lay({"net.yaml": b"\xef\xbb\xbf" + NET}, tmp_path)
    assert archdsl.load(tmp_path / "net.yaml").graph.outputs[0].name == "relu"


def test_a_library_may_be_imported_twice(tmp_path: Path) -> None:
    lay({"net.yaml": USES % b"[a.yaml, a.yaml]", "a.yaml": UNIT}, tmp_path)
    assert archdsl.load(tmp_path / "net.yaml").graph.outputs[0].name == "unit.conv"


def test_libraries_that_are_wrong_are_read_once(tmp_path: Path) -> None:
    """Each of two libraries imports both of the next level: there are 2^18 ways to the last, which bring the same block twice."""
    text = b"archdsl: 1\nimport: [a%d.yaml, b%d.yaml]\n"
    level = {f"{each}{number - 1}.yaml": text % (number, number) for number in range(1, 19) for each in "ab"}
    lay({"net.yaml": USES % b"[a0.yaml, b0.yaml]", **level, "a18.yaml": UNIT, "b18.yaml": UNIT}, tmp_path)
    start = time.process_time()
    with pytest.raises(archdsl.SpecError, match=r"the block `unit` is imported from `.*a18\.yaml`"):
        archdsl.load(tmp_path / "net.yaml")
    assert time.process_time() - start < 2


def test_a_document_and_its_libraries_have_a_size_together(tmp_path: Path) -> None:
    blocks = [b"".join(b"  b%d_%d: {body: [relu]}\n" % (number, each) for each in range(2600)) for number in range(3)]
    libraries = {f"l{number}.yaml": b"archdsl: 1\nblocks:\n" + each for number, each in enumerate(blocks)}
    lay({"net.yaml": b"archdsl: 1\ninput: [3, 8, 8]\nimport: [l0.yaml, l1.yaml, l2.yaml]\nnet: [b0_1]\n", **libraries}, tmp_path)
    with pytest.raises(archdsl.ArchError, match=r"E003\]: with `.*l2\.yaml` a document and its libraries hold more than 30,000 values"):
        archdsl.load(tmp_path / "net.yaml")


HOSTILE = {
    "fields": "net: [{conv: {" + ", ".join(f"kernal{number}: 1" for number in range(14_000)) + "}}]",
    "arguments": "blocks: {b: {args: {w: }, body: [relu]}}\nnet: [{b: {" + ", ".join(f"w{number}: 1" for number in range(14_000)) + "}}]",
    "settings": "vars: {a: 1}\nnet: [relu]\nvariants: {v: {vars: {" + ", ".join(f"b{number}: 1" for number in range(14_000)) + "}}}",
    "schemes": "net: [relu]\ninit: {" + ", ".join(f"b{number}: 1" for number in range(14_000)) + "}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_thousands_of_mistakes_take_no_longer_than_one_reads(name: str) -> None:
    start = time.process_time()
    with pytest.raises(archdsl.SpecError) as caught:
        archdsl.load(f"archdsl: 1\ninput: [3, 8, 8]\n{HOSTILE[name]}\n")
    assert time.process_time() - start < 2
    assert len(caught.value.diagnostics) <= 51


TINY = "archdsl: 1\nname: tiny\ninput: [3, 8, 8]\nvars: {width: 8, depths: [1, {a: 2}]}\nnet: [{conv: $width}]\n"
SETTINGS: dict[str, tuple[dict[Any, Any], str]] = {
    "unknown": ({"widht": 3}, "error[E113]: `tiny` has no var `widht` to set\n  = help: did you mean `width`?"),
    "far": ({"x": 3}, "error[E113]: `tiny` has no var `x` to set\n  = help: it has `width`, `depths`, `input`"),
    "element": ({"depths.2": 3}, "error[E113]: `depths` has no element `2` to set: it has 2, counted from 0"),
    "element of a number": ({"width.0": 3}, "error[E113]: `width` has no element `0` to set: it is `8`"),
    "inner element": ({"depths.1.b": 3}, "error[E113]: `depths.1` has no element `b` to set: it is a mapping"),
    "no text": ({3: 3}, "error[E113]: `tiny` has no var `3` to set\n  = help: it has `width`, `depths`, `input`"),
    "an object": ({"width": object()}, "error[E113]: a value is a number, a text, a list or a mapping, got `object`, in the value set for `width`"),
    "a formula": ({"width": "$(1 +)"}, "error[E107]: `$(1 +)` is not an expression, in the value set for `width`"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(name: str) -> None:
    settings, message = SETTINGS[name]
    with pytest.raises(UsageError) as caught:
        archdsl.load(TINY, set=settings)
    assert str(caught.value) == message


def test_a_variant_that_there_is_not() -> None:
    with pytest.raises(UsageError) as caught:
        archdsl.load(TINY + "variants: {small: {vars: {width: 4}}, large: {}}\n", "medium")
    assert str(caught.value) == "error[E113]: `tiny` has no variant `medium`\n  = help: its variants are `small`, `large`"


def test_one_setting_of_the_input_for_several_inputs() -> None:
    with pytest.raises(UsageError) as caught:
        archdsl.load("archdsl: 1\ninputs: {a: [3], b: [3]}\nnet: [{merge: add, from: [a, b]}]", set={"input": [4]})
    assert str(caught.value) == "error[E113]: `input` sets the only input, and the network has 2: `a`, `b`"


def test_an_op_of_ones_own_with_a_name_that_is_taken() -> None:
    with pytest.raises(UsageError) as caught:
        archdsl.load(NET.decode(), ops=(ReLU,))
    assert str(caught.value) == "error[E702]: there is already an op called `relu`"


def test_the_graph_of_a_library(tmp_path: Path) -> None:
    lay({"a.yaml": UNIT}, tmp_path)
    with pytest.raises(UsageError) as caught:
        _ = archdsl.load(tmp_path / "a.yaml").graph
    assert str(caught.value) == "error[E701]: `network` is a library of blocks and has no network"
