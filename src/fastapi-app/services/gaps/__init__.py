"""Gaps and backfill."""
