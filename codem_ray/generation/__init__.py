"""Generation: what asks a model, and what takes answers out of its completions."""
