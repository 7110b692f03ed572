"""Planning as pure numerics."""
