"""The plant as it is described, and its changes."""
