"""Issuing a forecast: intervals, scenarios, scores."""
