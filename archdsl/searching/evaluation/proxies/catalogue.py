"""The proxies by name."""

from __future__ import annotations

import torch

from archdsl.searching.evaluation.base import Evaluate, Report, Result
from archdsl.searching.evaluation.proxies.base import Proxy, Subject, check
from archdsl.searching.evaluation.proxies.grad_norm import grad_norm
from archdsl.searching.evaluation.proxies.jacob_cov import jacob_cov
from archdsl.searching.evaluation.proxies.naswot import naswot
from archdsl.searching.evaluation.proxies.snip import snip
from archdsl.searching.evaluation.proxies.synflow import synflow
from archdsl.searching.evaluation.proxies.zen import zen
from archdsl.searching.settings import Settings
from archdsl.searching.space import Sample

PROXIES: dict[str, Proxy] = {
    "synflow": synflow,
    "naswot": naswot,
    "grad_norm": grad_norm,
    "snip": snip,
    "jacob_cov": jacob_cov,
    "zen": zen,
}
"""Adding a proxy is a file with its function, a line here, and one in the objectives; more of it is better."""


def proxy_evaluation(settings: Settings) -> Evaluate:
    """Return the evaluation by the proxy that the settings name, and by all others that are objectives."""
    names = {settings.evaluate, *(each.name for each in settings.goals if each.name in PROXIES)}

    def evaluate(sample: Sample, seed: int, report: Report) -> Result:
        graph = sample.architecture.graph
        check(graph)
        subject = Subject(graph, seed % 2**31)
        with torch.random.fork_rng(devices=[]):
            return Result({name: PROXIES[name](subject) for name in sorted(names)})

    return evaluate
