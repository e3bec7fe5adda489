"""The card, the search, and the document beside the picture."""

from __future__ import annotations

import re
from pathlib import Path

from tests.rendering.browsing import Browser, clean
from tests.rendering.documents import BRANCHED


def test_the_card_says_shapes_and_costs(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    assert not chromium.one("#card").is_displayed()
    chromium.hover(chromium.box(0, "stage1"))
    text = re.sub(" +", " ", chromium.one("#card").text)
    for words in ("256×56×56", "512×28×28", "1,219,584 (4.8 %)", "resnet.yaml:26", "×4"):
        assert words in text
    chromium.click(chromium.box(0, "stage1"))
    chromium.click(chromium.box(1, "i1–3"))
    chromium.hover(chromium.box(2, "3×3"))
    text = re.sub(" +", " ", chromium.one("#card").text)
    assert "147,712 (0.6 %), all 3: 1.7 %" in text and "3 times in the network" in text and "batch_norm BN 256" in text
    chromium.hover(chromium.one("#totals"))
    assert not chromium.one("#card").is_displayed()
    clean(chromium)


def test_search_opens_the_way(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    chromium.press("/", *"3x3 512")
    assert chromium.texts("#found li span") == ["3×3, 512, /2 · BN · ReLU", "3×3, 512 · BN · ReLU"]
    assert chromium.texts("#found li small")[1] == "stage3 bottleneck 1024→2048, first /2 › i1–2 bottleneck"
    chromium.press("ARROW_DOWN", "ENTER")
    assert chromium.texts(".column header p")[-1].startswith("stage3.i1.bottleneck · 2 alike")
    assert chromium.one(".box.chosen").get_attribute("aria-label").startswith("3×3, 512 · BN")
    assert "hit" in chromium.one(".box.chosen").get_attribute("class")
    chromium.press("/", "ESCAPE")
    assert chromium.all(".box.hit") == [] and "find" not in chromium.address()
    chromium.press("/", *"nothing like it")
    assert chromium.texts("#found li") == ["nothing found"]
    clean(chromium)


def test_the_document_is_linked_both_ways(chromium: Browser, branched: Path) -> None:
    chromium.open(branched)
    lines = BRANCHED.splitlines()
    assert chromium.script("return [...document.querySelectorAll('.line code')].map(each => each.textContent)") == lines
    chromium.click(chromium.box(0, "fc 10"))
    assert chromium.texts(".line.own") == ["- linear: 10 # </script><img src=x onerror=alert(1)>"]
    down = next(number for number, line in enumerate(lines, 1) if "as: down" in line)
    chromium.click(chromium.one(f'.line[data-line="{down}"]'))
    assert [each.get_attribute("aria-label")[:8] for each in chromium.all(".box.named")] == ["3×3, 32,"]
    pool = next(number for number, line in enumerate(lines, 1) if "max_pool" in line)
    chromium.click(chromium.one(f'.line[data-line="{pool}"]'))
    assert [each.get_attribute("aria-label").split(",")[0] for each in chromium.all('.column[data-column="1"] .box.named')] == ["max-pool 3×3"]
    assert len(chromium.all('.column[data-column="0"] .box.named')) == 2
    assert chromium.address() == f"#open=i0.rows&line=0:{pool}"
    chromium.click(chromium.one(f'.line[data-line="{pool}"]'))
    assert chromium.all(".box.named") == []
    clean(chromium)


def test_a_line_of_another_file_is_brought_into_view(chromium: Browser, resnet: Path) -> None:
    chromium.open(resnet)
    chromium.click(chromium.box(0, "7×7"))
    assert chromium.texts("#files [aria-selected=true]") == ["resnet.yaml"]
    chromium.click(chromium.box(0, "stage0"))
    chromium.click(chromium.all('.column[data-column="1"] .box.opens')[0])
    chromium.click(chromium.box(2, "ReLU"))
    assert chromium.texts("#files [aria-selected=true]") == ["residual.yaml"]
    own = chromium.one(".line.own")
    assert own.text.strip() == "- relu"
    pane, line = (chromium.script("return arguments[0].getBoundingClientRect().toJSON()", each) for each in (chromium.one("#text"), own))
    assert pane["top"] <= line["top"] and line["bottom"] <= pane["bottom"]
