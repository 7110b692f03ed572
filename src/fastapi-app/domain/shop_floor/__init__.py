"""What was really made."""
