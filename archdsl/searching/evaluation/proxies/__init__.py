"""Zero-cost proxies: what an untrained network shows on a batch of noise, in place of its accuracy.

Parameters and multiply-adds, which cost nothing at all, rank networks as well in many spaces, so every trial has them beside its proxy.
"""

from archdsl.searching.evaluation.proxies.catalogue import PROXIES, proxy_evaluation

__all__ = ["PROXIES", "proxy_evaluation"]
