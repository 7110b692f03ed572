"""Forecasts as pure numerics."""
