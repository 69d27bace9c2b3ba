"""From clean pairs to packed rows of tokens."""
