"""Starts trainings in processes of their own and ends them: ``python -m tests.training.nursery FOLDER``; the last line is JSON.

What is heavy is imported once, and each training is a fork of this process, so that a kill can come at any moment of it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

import archdsl.training.loop  # noqa: F401 (imported before the forks)
from archdsl.cli import main as command
from archdsl.training.fit import train
from tests.training.networks import TINY

EPOCHS, KILLS = 40, 5


def forked(work: Callable[[], object]) -> int:
    """Do some work in a fork; return its number."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except SystemExit as done:
            code = int(done.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return child


def go_on(folder: Path) -> None:
    """Train, from where the last attempt came to."""
    train(TINY, out=folder, epochs=EPOCHS, resume=True, devices="cpu", progress=False)


def kill(folder: Path) -> dict[str, object]:
    """Kill a training five times, each time a random moment after up to four epochs more, and let it end; return the moments."""
    draw = random.Random(time.time_ns())
    moments: list[tuple[int, float]] = []
    while len(moments) < KILLS:
        moments.append((draw.randrange(5), draw.uniform(0.0, 0.05)))
        child = forked(lambda: go_on(folder))
        ended = wait_for_writes(folder / "last.pt", moments[-1][0], child)
        time.sleep(moments[-1][1])
        if ended or os.waitpid(child, os.WNOHANG)[0]:
            raise SystemExit(f"the training ended before it was killed, after {moments}")
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    _, status = os.waitpid(forked(lambda: go_on(folder)), 0)
    return {"moments": moments, "code": os.waitstatus_to_exitcode(status)}


def wait_for_writes(path: Path, count: int, child: int) -> bool:
    """Wait until a file was written so many times; tell whether the child ended before."""
    seen = _written(path)
    while count:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        now = _written(path)
        count, seen = (count - 1, now) if now != seen else (count, seen)
        time.sleep(0.002)
    return False


def _written(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def interrupt(folder: Path) -> dict[str, object]:
    """Press Ctrl-C in a training by the command, once it has saved something, and again while it goes on; return its exit code.

    Python drops an interruption that falls into a destructor, which no program can mend: whoever sits there presses again.
    """
    folder.mkdir()
    (folder / "net.yaml").write_text(TINY)
    sys.argv = ["archdsl", "train", str(folder / "net.yaml"), "--out", str(folder), "--epochs", "500", "--devices", "cpu"]
    child = forked(command)
    while not (folder / "last.pt").is_file():
        time.sleep(0.02)
    time.sleep(0.1)
    ended, status = 0, 0
    while not ended:
        os.kill(child, signal.SIGINT)
        end = time.monotonic() + 3
        while not ended and time.monotonic() < end:
            time.sleep(0.02)
            ended, status = os.waitpid(child, os.WNOHANG)
    return {"code": os.waitstatus_to_exitcode(status)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    where = Path(sys.argv[1])
    print(json.dumps({"killed": kill(where / "killed"), "interrupted": interrupt(where / "interrupted")}))
