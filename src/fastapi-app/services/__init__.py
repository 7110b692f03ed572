"""What the application does, by capability."""
