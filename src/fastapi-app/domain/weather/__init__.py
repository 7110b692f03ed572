"""The weather at the plant and at the points of the country."""
