"""Running Graphviz: the ``dot`` program when it is there, else pygraphviz in a process of its own, each with a time limit."""

from __future__ import annotations

import base64
import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Final, Literal

from archdsl.errors import Diagnostic, MissingDependencyError, UsageError

Engine = Literal["dot", "nop2"]

SECONDS: Final = 30.0
"""A layout that takes longer is ended."""

ADVICE: Final = (
    "install the program (`apt install graphviz`, `brew install graphviz`, `conda install graphviz`) or the package: `pip install 'archdsl[render]'`"
)

_SCRIPT: Final = """
import base64, json, sys
import pygraphviz
found = []
for text, engine, format in json.load(sys.stdin):
    graph = pygraphviz.AGraph(string=text)
    found.append(base64.b64encode(graph.draw(format=format, prog=engine)).decode())
json.dump(found, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A text in the DOT language, the engine that places it, and the format of the result."""

    text: str
    engine: Engine
    format: str


class _Failed(Exception):
    """One way to run Graphviz did not work; the text says why."""


def run(jobs: list[Job], seconds: float = SECONDS) -> list[bytes]:
    """Return what Graphviz makes of each job.

    Raises:
        MissingDependencyError: If there is neither a ``dot`` program nor pygraphviz, or none of them works.
        UsageError: If the layout takes longer than ``seconds``.
    """
    reasons: list[str] = []
    for attempt in (_by_program, _by_package):
        try:
            return attempt(jobs, seconds)
        except subprocess.TimeoutExpired:
            help = "choose a smaller `depth`, or write a `.dot` file and lay it out by other means"
            raise UsageError(Diagnostic("E907", f"the layout takes more than {seconds:g} seconds", None, help)) from None
        except _Failed as failed:
            if str(failed):
                reasons.append(str(failed))
    message = "drawing needs Graphviz, which is not installed" if not reasons else "drawing needs Graphviz, which does not work here"
    raise MissingDependencyError(Diagnostic("E902", message, None, ADVICE, tuple(reasons)))


def _by_program(jobs: list[Job], seconds: float) -> list[bytes]:
    program = shutil.which("dot")
    if program is None:
        raise _Failed
    found: dict[int, bytes] = {}
    for engine, format in dict.fromkeys((job.engine, job.format) for job in jobs):
        numbers = [number for number, job in enumerate(jobs) if (job.engine, job.format) == (engine, format)]
        for together in [numbers] if format == "json0" else [[number] for number in numbers]:
            text = "\n".join(jobs[number].text for number in together).encode()
            answer = _output([program, f"-K{engine}", f"-T{format}"], text, seconds, f"`{program}`")
            parts = _layouts(answer, len(together), f"`{program}`") if format == "json0" else [answer]
            found.update(zip(together, parts))
    return [found[number] for number in range(len(jobs))]


def _layouts(answer: bytes, count: int, who: str) -> list[bytes]:
    """Return the layouts of graphs that were given at once, one behind the other."""
    text, found = answer.decode(errors="replace").strip(), []
    try:
        while text:
            end = json.JSONDecoder().raw_decode(text)[1]
            found.append(text[:end].encode())
            text = text[end:].lstrip()
    except ValueError:
        found = []
    if len(found) != count:
        raise _Failed(f"{who} answers with something else than layouts")
    return found


def _by_package(jobs: list[Job], seconds: float) -> list[bytes]:
    if importlib.util.find_spec("pygraphviz") is None:
        raise _Failed
    given = json.dumps([[job.text, job.engine, job.format] for job in jobs]).encode()
    answer = _output([sys.executable, "-c", _SCRIPT], given, seconds, "pygraphviz")
    return [base64.b64decode(each) for each in json.loads(answer)]


def _output(command: list[str], given: bytes, seconds: float, who: str) -> bytes:
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=seconds, check=False)
    except OSError as error:
        raise _Failed(f"{who} cannot be run: {(error.strerror or str(error)).lower()}") from None
    if done.returncode != 0 or not done.stdout:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise _Failed(f"{who} failed: {lines[-1] if lines else f'exit status {done.returncode}'}")
    return done.stdout
