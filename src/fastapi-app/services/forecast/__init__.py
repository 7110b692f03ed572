"""Forecasts, their record, training."""
