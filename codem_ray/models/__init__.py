"""Finding, checking, inspecting and converting models, and loading their tokenizers."""
