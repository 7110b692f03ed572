"""The audit: what the log and the prices make of each day, with a fold, a calendar and a pricing of its own. Pure."""
