"""The starter kit: a small base model, corpora and benchmarks that need no download."""
