"""What a tuned model is asked and where its answer ends. These modules import nothing else of
codem_ray, because MLflow stores a copy of them with each model."""
