"""The price history."""
