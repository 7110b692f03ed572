"""Health, backup, copies."""
