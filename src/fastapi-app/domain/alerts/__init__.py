"""Alerts and recommendations."""
