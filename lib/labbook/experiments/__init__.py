"""What one trial of each experiment does: the one room that joins models, data and training."""
