"""The meter's curve, and the bill that follows from it."""
