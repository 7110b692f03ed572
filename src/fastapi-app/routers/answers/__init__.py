"""What the endpoints answer, one module a capability; shapes that several routes share stand here once."""
