"""The comparison of all doors: what is read, and what must agree. It shares nothing with the service but HTTP."""
