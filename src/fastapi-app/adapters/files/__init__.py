"""Files: models, archives, CSV."""
