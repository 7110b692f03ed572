"""The page: view, assets, sheets."""
