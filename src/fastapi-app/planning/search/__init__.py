"""Finding the plan: solve, baseline, polish, assignment."""
