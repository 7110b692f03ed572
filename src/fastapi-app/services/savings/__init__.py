"""The savings ledger."""
