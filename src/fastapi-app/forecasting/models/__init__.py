"""The models and the baselines."""
