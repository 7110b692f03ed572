"""What the plant, the market and the plan are. Pure: standard library only."""
