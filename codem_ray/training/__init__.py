"""The fine-tune itself: model, schedule, loss and loop of one DeepSpeed rank."""
