"""The schedule as a mixed-integer programme."""
