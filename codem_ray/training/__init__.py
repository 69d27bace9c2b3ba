"""Fine-tuning: model, schedule, loss and training loop of one DeepSpeed rank."""
