"""The outside sources of prices and weather, and what they share: HTTP, circuit, responses."""
