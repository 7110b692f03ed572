"""Market prices."""
