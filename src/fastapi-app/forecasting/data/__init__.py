"""What models learn from: grids, histories, features, the record."""
