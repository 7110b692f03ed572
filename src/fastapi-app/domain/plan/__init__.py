"""The plant, what is produced, the plan and its checker."""
