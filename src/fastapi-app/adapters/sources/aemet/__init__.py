"""AEMET OpenData."""
