"""What each command prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import archdsl
from archdsl.cli import app
from archdsl.cli.files import read_settings
from archdsl.errors import UsageError
from archdsl.spec.schema import json_schema

NET = """archdsl: 1
name: tiny
input: [3, 8, 8]
vars: {classes: 10, widths: [4, 8], act: relu}
net:
  - conv: {out_channels: '$(widths[0])', kernel_size: 3}
  - $act
  - global_avg_pool
  - linear: $classes
variants:
  big: {vars: {widths: [16, 8]}, expect: {params: 602}}
expect: {params: 158, output: [10]}
"""


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("net.yaml")
    path.write_text(NET)
    return path


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin, env={"NO_COLOR": "1"})


def data(*arguments: str) -> Any:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# --- check --------------------------------------------------------------------------------------------------------------------------------


def test_check_says_what_is_right(net: Path) -> None:
    result = run("check", "net.yaml", "net.yaml#big", "resnet50")
    assert result.exit_code == 0
    assert result.stdout == "net.yaml: ok (1 variant)\nnet.yaml#big: ok\nresnet50: ok\n"
    assert result.stderr == ""


def test_check_says_what_is_wrong(net: Path) -> None:
    net.write_text(NET.replace("params: 158", "params: 159"))
    result = run("check", "net.yaml", "nett.yaml")
    assert result.exit_code == 1
    assert result.stdout == "net.yaml: 1 error (1 variant)\nnett.yaml: 1 error\n"
    assert result.stderr.splitlines() == [
        "error[E501]: `params` of `tiny` is 158, expected 159: 1 less",
        "  --> net.yaml:12:10",
        "   |",
        "12 | expect: {params: 159, output: [10]}",
        "   |          ^^^^^^",
        "",
        "error[E001]: there is no file `nett.yaml`",
        "  = help: did you mean `net.yaml`?",
    ]


def test_check_tells_programs(net: Path) -> None:
    net.write_text(NET.replace("relu", "rellu"))
    result = run("check", "net.yaml", "resnet50", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["ok"] is False
    assert [each["ok"] for each in found["files"]] == [False, True]
    (diagnostic,) = found["diagnostics"]
    assert {key: diagnostic[key] for key in ("code", "file", "line", "column", "help")} == {
        "code": "E104",
        "file": "net.yaml",
        "line": 7,
        "column": 5,
        "help": "did you mean `relu`?",
    }
    assert diagnostic["message"]
    assert data("check", "resnet50", "--json") == {"ok": True, "diagnostics": [], "files": [{"file": "resnet50", "ok": True, "variants": 0}]}


def test_check_is_strict_when_asked(net: Path) -> None:
    net.write_text("archdsl: 1\ninput: [8]\nnet: [{as: x}, relu, {from: x}, {linear: 3}]\n")
    result = run("check", "net.yaml")
    assert (result.exit_code, result.stdout) == (0, "net.yaml: ok, 1 warning\n")
    assert result.stderr.startswith("warning[W601]: the value of `relu` is never used")
    result = run("check", "net.yaml", "--strict")
    assert (result.exit_code, result.stdout) == (1, "net.yaml: 1 error\n")


# --- show ---------------------------------------------------------------------------------------------------------------------------------


def test_show_prints_a_table(net: Path) -> None:
    result = run("show", "net.yaml")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "",
        " tiny   (3, 8, 8) to (10)",
        "",
        "  name              op                output      params    MACs   share",
        " ────────────────────────────────────────────────────────────────────────",
        "  input             input             (3, 8, 8)",
        "  conv              conv 3x3, 4       (4, 8, 8)      108   6,912   99.4%",
        "  relu              relu              (4, 8, 8)",
        "  global_avg_pool   global_avg_pool   (4)",
        "  linear            linear, 10        (10)            50      40    0.6%",
        "",
        " params           158      158",
        " weights          148      148   params without biases and norms",
        " MACs           6,952   6.95 k   for one sample",
        " FLOPs         13,904   13.9 k   twice the MACs",
        " activations      266      266   outputs of convolutions, linear layers and attention",
        " inference      2,440   2.44 k   bytes at most for one sample, parameters among them",
        " training       3,704   3.70 k   bytes for one sample: parameters, gradients, momentum, saved values",
        "",
    ]


def test_show_is_not_cut_and_has_no_colours() -> None:
    result = run("show", "densenet121", "--by", "node")
    assert "\x1b" not in result.stdout
    assert "…" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) > 100


def test_show_sets(net: Path) -> None:
    found = data("show", "net.yaml", "--set", "classes=5", "--set", "widths.0=16", "--set", "input=[3, 16, 16]", "--set", "act=tanh", "--json")
    assert found["params"] == 3 * 16 * 9 + 85
    assert found["macs"] == 256 * 3 * 16 * 9 + 80
    assert found["output"] == [5]
    assert "tanh" in found["by_kind"]


@pytest.mark.parametrize("arguments", [["net.yaml", "--variant", "big"], ["net.yaml#big"]])
def test_show_takes_variants(net: Path, arguments: list[str]) -> None:
    found = data("show", *arguments, "--format", "json")
    assert (found["name"], found["params"]) == ("big", 602)


def test_show_as_json_has_what_programs_need(net: Path) -> None:
    found = data("show", "net.yaml", "--json", "--by", "node")
    assert {"name", "params", "macs", "flops", "activations", "output", "by_kind", "by_node"} <= set(found)
    assert {"params", "macs"} <= set(found["by_kind"]["conv 3x3"])


@pytest.mark.parametrize(
    ("by", "head", "line"),
    [
        (
            "node",
            "name,op,output,field,stride,params,weights,weights_share,macs,share,flops,activations,traffic,intensity",
            'conv,"conv 3x3, 4","(4, 8, 8)",3,1,108,108,0.729730,6912,0.994246,13824,256,2224,6.215827',
        ),
        (
            "stage",
            "name,op,output,field,stride,params,weights,weights_share,macs,share,flops,activations,traffic,intensity",
            '8x8,"input, conv, relu","(4, 8, 8)",3,1,108,108,0.729730,6912,0.994246,13824,256,4272,3.235955',
        ),
        (
            "block",
            "name,op,output,field,stride,params,weights,weights_share,macs,share,flops,activations,traffic,intensity",
            'linear,"linear, 10",(10),all,,50,40,0.270270,40,0.005754,80,10,256,0.312500',
        ),
        (
            "kind",
            "name,nodes,params,weights,weights_share,macs,share,flops,activations,traffic,intensity",
            "conv 3x3,1,108,108,0.729730,6912,0.994246,13824,256,2224,6.215827",
        ),
    ],
)
def test_show_as_csv(net: Path, by: str, head: str, line: str) -> None:
    result = run("show", "net.yaml", "--format", "csv", "--by", by)
    assert result.stdout.splitlines()[0] == head
    assert line in result.stdout.splitlines()


def test_show_as_markdown(net: Path) -> None:
    result = run("show", "net.yaml", "--format", "markdown", "--by", "kind")
    assert result.stdout.splitlines()[:3] == [
        "| kind | nodes | params | weights | of weights | MACs | share |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| `conv 3x3` | 1 | 108 | 108 | 72.97% | 6,912 | 99.42% |",
    ]


@pytest.mark.parametrize(("format", "start"), [("table", "\n tiny"), ("csv", "name,op"), ("markdown", "| name |"), ("json", "{\n")])
def test_show_writes_a_file(net: Path, format: str, start: str) -> None:
    result = run("show", "net.yaml", "--format", format, "--wide", "-o", "out.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("out.txt").read_text().startswith(start)
    printed = run("show", "net.yaml", "--format", format, "--wide").stdout
    assert Path("out.txt").read_text().strip() == printed.strip()


def test_show_opens_blocks_as_deep_as_asked() -> None:
    shallow, deep = (run("show", "resnet50", "--depth", depth).stdout for depth in ("1", "3"))
    assert "i0.bottleneck" not in shallow
    assert deep.count("\n") > shallow.count("\n") + 8


def test_show_draws_by_the_seed(net: Path) -> None:
    net.write_text(NET.replace("classes: 10", "classes: {int: [1, 1000]}").replace("expect: {params: 158, output: [10]}", ""))
    outputs = {data("show", "net.yaml", "--json", "--seed", str(seed))["output"][0] for seed in range(5)}
    assert len(outputs) > 1


# --- fmt ----------------------------------------------------------------------------------------------------------------------------------

UGLY = "archdsl:   1\ninput: [ 8 ]\nnet:\n- linear:    10 # ten\n"
PRETTY = "archdsl: 1\ninput: [8]\nnet:\n  - linear: 10  # ten\n"


def test_fmt_lays_out_and_keeps_the_mode(net: Path) -> None:
    net.write_text(UGLY)
    net.chmod(0o640)
    assert run("fmt", "net.yaml").stdout == "net.yaml: changed\n"
    assert net.read_text() == PRETTY
    assert net.stat().st_mode & 0o777 == 0o640
    assert run("fmt", "net.yaml").stdout == ""
    assert [path.name for path in Path().iterdir()] == ["net.yaml"]


def test_fmt_checks(net: Path) -> None:
    net.write_text(UGLY)
    result = run("fmt", "net.yaml", "--check")
    assert (result.exit_code, result.stdout) == (1, "net.yaml: would change\n")
    assert net.read_text() == UGLY
    net.write_text(PRETTY)
    result = run("fmt", "net.yaml", "--check")
    assert (result.exit_code, result.stdout) == (0, "net.yaml: ok\n")


def test_fmt_shows_the_difference(net: Path) -> None:
    net.write_text(UGLY)
    result = run("fmt", "net.yaml", "--diff")
    assert result.exit_code == 0
    assert "-- linear:    10 # ten" in result.stdout
    assert "+  - linear: 10  # ten" in result.stdout
    assert net.read_text() == UGLY
    assert run("fmt", "net.yaml", "--diff", "--check").exit_code == 1


def test_fmt_reads_standard_input() -> None:
    result = run("fmt", "-", stdin=UGLY)
    assert (result.exit_code, result.stdout) == (0, PRETTY)
    assert run("fmt", "-", "--check", stdin=UGLY).exit_code == 1
    assert run("fmt", "-", stdin="a: [").exit_code == 1


def test_fmt_writes_through_a_link(net: Path) -> None:
    net.write_text(UGLY)
    Path("link.yaml").symlink_to("net.yaml")
    assert run("fmt", "link.yaml").exit_code == 0
    assert Path("link.yaml").is_symlink()
    assert net.read_text() == PRETTY


def test_fmt_brings_line_ends_and_marks_to_what_is_usual(net: Path) -> None:
    net.write_bytes(b"\xef\xbb\xbf" + PRETTY.replace("\n", "\r\n").encode())
    assert run("fmt", "net.yaml", "--check").exit_code == 1
    assert run("fmt", "net.yaml").exit_code == 0
    assert net.read_bytes() == PRETTY.encode()


def test_fmt_goes_on_to_the_next_file_only_when_it_can(net: Path) -> None:
    Path("broken.yaml").write_text("a: [")
    result = run("fmt", "broken.yaml", "net.yaml")
    assert result.exit_code == 1
    assert "broken.yaml" in result.stderr


def test_a_full_disk_loses_nothing(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net.write_text(UGLY)

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    result = run("fmt", "net.yaml")
    assert result.exit_code == 1
    assert result.stderr == "error[E711]: cannot read or write `net.yaml`: no space left on device\n"
    assert net.read_text() == UGLY
    assert [path.name for path in Path().iterdir()] == ["net.yaml"]


# --- schema, export -----------------------------------------------------------------------------------------------------------------------


def test_schema(net: Path) -> None:
    assert data("schema") == json_schema()
    assert run("schema", "-o", "schema.json").stdout == ""
    assert json.loads(Path("schema.json").read_text()) == json_schema()
    result = run("schema", "-o", "nowhere/schema.json")
    assert (result.exit_code, result.stderr) == (1, "error[E711]: cannot read or write `nowhere/schema.json`: no such file or directory\n")
    Path("folder").mkdir()
    result = run("schema", "-o", "folder")
    assert (result.exit_code, result.stderr) == (1, "error[E711]: cannot read or write `folder`: is a directory\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("arguments", [["schema"], ["render", "net.yaml"]])
def test_what_is_no_regular_file_is_written_to(net: Path, arguments: list[str]) -> None:
    pipe = Path("pipe.mmd")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(_read_all, reader)
        assert run(*arguments, "-o", "pipe.mmd").exit_code == 0
    assert len(found.result(30)) > 50
    assert pipe.is_fifo()


def _read_all(handle: int) -> bytes:
    os.set_blocking(handle, True)
    with os.fdopen(handle, "rb") as file:
        while not (content := file.read()):
            time.sleep(0.01)
    return content


# --- the call -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        (["a=1", "b=[1, x]", "c={d: 1e-3}"], {"a": 1, "b": [1, "x"], "c": {"d": 0.001}}),
        (["a=on", "b=010", "c='3'"], {"a": "on", "b": "010", "c": "3"}),
        (["a=1", "a=2"], {"a": 2}),
        (["a=null"], {"a": None}),
        (["a=b=c"], {"a": "b=c"}),
        (["a.0=$(2 * n)"], {"a.0": "$(2 * n)"}),
    ],
)
def test_settings(pairs: list[str], found: dict[str, Any]) -> None:
    assert read_settings(pairs) == found


@pytest.mark.parametrize("pair", ["a", "=1", "a=", "a=[1", "a=&x 1", "a=!!python/name:os.system x", "a=" + 30 * "9"])
def test_wrong_settings(pair: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings([pair])
    assert pair != "a=" + 30 * "9" or caught.value.diagnostics[0].code == "E013"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "net.yaml", "--set", "clases=3"], 2, "did you mean `classes`?"),
        (["show", "net.yaml", "--set", "widths.7=3"], 2, "`widths` has no element `7`"),
        (["show", "net.yaml", "--set", "classes"], 2, "`--set` takes key=value, got `classes`"),
        (["show", "net.yaml", "--set", "classes=[1"], 2, "not YAML"),
        (["show", "net.yaml", "--set", "classes=many"], 1, "`out_features` of `linear` must be a positive whole number, got `many`"),
        (["show", "net.yaml", "--variant", "bigg"], 2, "did you mean `big`?"),
        (["show", "net.yaml#bigg"], 2, "did you mean `big`?"),
        (["show", "resnet5"], 1, "did you mean `resnet50`?"),
        (["show", "."], 1, "is a directory"),
        (["show", "library.yaml"], 2, "is a library of blocks and has no network"),
        (["show"], 2, "Missing argument"),
        (["show", "net.yaml", "--by", "layer"], 2, "--by"),
        (["show", "net.yaml", "--depth", "0"], 2, "--depth"),
        (["show", "net.yaml", "--colour"], 2, "No such option"),
        (["shwo"], 2, "No such command"),
        (["check"], 2, "Missing argument"),
        (["fmt", "nope.yaml"], 1, "there is no file `nope.yaml`"),
    ],
)
def test_wrong_calls(net: Path, arguments: list[str], code: int, message: str) -> None:
    Path("library.yaml").write_text("archdsl: 1\nblocks: {a: {body: [relu]}}\n")
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not result.stdout


def test_version() -> None:
    assert run("--version").stdout == f"archdsl {archdsl.__version__}\n"


COMMANDS = ["check", "show", "fmt", "schema", "paths", "lint", "render", "export", "bench", "train", "evaluate"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_and_fits(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"  Examples:\n    archdsl {command}" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_help_lists_the_commands() -> None:
    shown = run("--help").stdout
    assert all(f"  {command} " in shown for command in COMMANDS)
    assert max(map(len, shown.splitlines())) <= 80
    assert run().exit_code == 2
