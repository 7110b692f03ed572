"""The plan in force, wishes, questions."""
