"""The prompts of a tuned model and the ends of its answers."""

# These modules import nothing else of codem_ray: MLflow stores a copy of them with each model.
