"""All MLflow code: runs, curves, models and scores of a sweep."""
