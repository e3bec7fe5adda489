"""Take the picture of the page that `rendering.md` and the README show: `python -m docs.page_picture`. Chromium and its driver are needed."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

import archdsl
from tests.rendering.browsing import Browser, browser

TARGET = Path(__file__).parent / "pictures" / "rendering" / "page.png"
COLORS = 160
SHOWN = "#open=stage1,stage1&at=2:.conv_norm_relu_2.relu"


def take(window: Browser, page: Path) -> bytes:
    """Return the picture of ResNet-50 with a block open and one of its convolutions chosen."""
    size = {"width": 1440, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    window.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    window.open(page, SHOWN)
    window.actions().move_to_element(window.one(".box.chosen")).move_by_offset(20, 8).perform()
    found: bytes = window.driver.get_screenshot_as_png()
    return found


def main() -> None:
    """Write the picture, with few colors so that it stays small."""
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder)) as window:
        page = archdsl.render(archdsl.load("resnet50"), Path(folder) / "resnet50.html")
        picture = Image.open(BytesIO(take(window, page))).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
        picture.save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
