"""The embedded default: a small base model, corpora and benchmark that need no download."""
