"""Modules and functions that torch lacks. Their source is copied into exported networks, so each stands on torch alone."""

from __future__ import annotations
