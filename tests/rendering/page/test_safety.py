"""Nothing of a document runs, and a page brings all that it needs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import archdsl
from archdsl.ir.graph import Graph, Input, Node
from archdsl.ops.catalogue import OPS
from archdsl.ops.shape import Shape
from archdsl.rendering import Options, render
from archdsl.rendering.page import page_text
from tests.rendering.browsing import Browser, clean, wait
from tests.rendering.documents import BRANCHED

HOSTILE = [
    '</script><img src=x onerror="window.bad=1">',
    '"><svg onload=window.bad=1>',
    "</template><script>window.bad=1</script>",
    "${bad} $title",
    "<!--",
    "a\u2028b",
]


def hostile_graph(name: str) -> Graph:
    shape = Shape((3, 8, 8))
    start = Node(name, Input(), (), shape, name)
    first = Node(f"{name}.a", OPS["relu"](), (start,), shape, f"{name}.a")
    last = Node(f"{name}.b", OPS["tanh"](), (first,), shape, f"{name}.b")
    return Graph(name, (start, first, last), (start,), (last,))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_text(chromium: Browser, tmp_path: Path, name: str) -> None:
    page = render(hostile_graph(name), tmp_path / "net.html", fuse=False)
    chromium.open(page)
    plain = name.replace("\u2028", " ")
    assert chromium.script("return [window.bad, document.title, document.images.length]") == [None, plain, 0]
    assert chromium.one("h1").get_attribute("textContent") == plain
    chromium.hover(chromium.one(".box.op"))
    assert chromium.script("return document.querySelector('#card .name').textContent") == f"{name}.a"
    chromium.press("/", "t", "a", "n")
    assert len(chromium.all("#found [role=option]")) == 1
    assert chromium.script("return document.querySelectorAll('img, svg svg, script:not([type]):not(:last-of-type)').length") == 0
    clean(chromium)


def test_a_hostile_document_is_shown_as_text(chromium: Browser, tmp_path: Path) -> None:
    text = BRANCHED.replace("name: branched", "name: \"</title></script><img src=x onerror='window.bad=1'>\"")
    chromium.open(render(archdsl.load(text), tmp_path / "net.html"))
    assert chromium.script("return [window.bad, document.images.length]") == [None, 0]
    assert chromium.one("h1").text == "</title></script><img src=x onerror='window.bad=1'>"
    assert chromium.texts(".line")[-1].endswith("# </script><img src=x onerror=alert(1)>")
    clean(chromium)


def test_the_policy_forbids_what_the_page_does_not_bring(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    chromium.script("const s = document.createElement('script'); s.textContent = 'window.bad = 1'; document.body.append(s)")
    chromium.script("new Image().src = 'http://127.0.0.1:9/x.png'; fetch('http://127.0.0.1:9/').catch(() => {})")
    assert chromium.script("return window.bad") is None
    assert wait(lambda: [each for each in chromium.log() if "Content Security Policy" in each])


def test_the_parts_of_a_page() -> None:
    text = page_text(archdsl.load(BRANCHED), Options())
    facts, texts = (json.loads(re.search(rf'id="{name}">(.*?)</script>', text, re.S)[1]) for name in ("facts", "texts"))  # type: ignore[index]
    assert texts == [{"name": "document", "text": BRANCHED}] or texts[0]["text"] == BRANCHED
    assert [network["params"] for network in facts["networks"]] == [archdsl.analyze(archdsl.load(BRANCHED)).params]
    boxes = facts["sheets"][facts["networks"][0]["sheet"]]["boxes"]
    assert sum(box.get("macs", 0) for box in boxes) == facts["networks"][0]["macs"]
    assert text.count("<script") == 3 and text.count("</script") == 3
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    assert not re.search(r"(?:src|href)=|url\(|@import|https?:", markup)
