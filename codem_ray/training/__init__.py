"""Fine-tuning: Ray Train workers that run DeepSpeed."""
