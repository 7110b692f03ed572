"""The shop floor: its log, and what is folded from it."""
