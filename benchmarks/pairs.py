"""Paired timing for the scripts beside this one."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archdsl.backend.timing import Ratio, interleaved, ratio

__all__ = ["Ratio", "interleaved", "ratio"]
