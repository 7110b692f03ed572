"""When not everything fits: what clashes and what relieves it."""
