"""Judge what models write, in parallel."""
