"""Ops to torch, one function for each op."""
