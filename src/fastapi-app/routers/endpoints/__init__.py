"""One file a route prefix."""
