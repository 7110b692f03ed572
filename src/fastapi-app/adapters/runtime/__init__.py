"""The process: clock, logs, schedule, child processes."""
