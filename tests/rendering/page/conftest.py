"""One browser for all tests of the page, and the pages that several of them open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import archdsl
from archdsl.rendering import render
from tests.rendering.browsing import Browser, browser
from tests.rendering.documents import BRANCHED


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="session")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(archdsl.load("resnet50"), tmp_path_factory.mktemp("page") / "resnet50.html")


@pytest.fixture(scope="session")
def branched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(archdsl.load(BRANCHED), tmp_path_factory.mktemp("page") / "branched.html")
