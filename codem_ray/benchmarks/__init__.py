"""Benchmarks: published rows turned into problems."""

from codem_ray.benchmarks.family import ANY_USE, EVALUATION_ONLY, BenchmarkFamily, BenchmarkSpec
from codem_ray.benchmarks.loading import benchmark_digest, is_local, load, resolve
from codem_ray.benchmarks.registry import BENCHMARKS, find
from codem_ray.benchmarks.rows import DATA_VARIABLE

__all__ = [
    "ANY_USE",
    "BENCHMARKS",
    "DATA_VARIABLE",
    "EVALUATION_ONLY",
    "BenchmarkFamily",
    "BenchmarkSpec",
    "benchmark_digest",
    "find",
    "is_local",
    "load",
    "resolve",
]
