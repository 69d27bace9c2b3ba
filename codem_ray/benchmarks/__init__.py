"""Benchmarks: rows as published, turned into problems."""

from codem_ray.benchmarks.registry import (
    BENCHMARKS,
    DATA_VARIABLE,
    benchmark_digest,
    find,
    load,
    resolve,
)
from codem_ray.benchmarks.spec import ANY_USE, EVALUATION_ONLY, BenchmarkSpec

__all__ = [
    "ANY_USE",
    "BENCHMARKS",
    "DATA_VARIABLE",
    "EVALUATION_ONLY",
    "BenchmarkSpec",
    "benchmark_digest",
    "find",
    "load",
    "resolve",
]
