"""The command lines that `scripts/` starts beside the service."""
