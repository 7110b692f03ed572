"""Training, and who may serve."""
