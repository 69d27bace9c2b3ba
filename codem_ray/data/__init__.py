"""From corpora to packed tokens."""
