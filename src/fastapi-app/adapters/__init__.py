"""Everything outside: sources, stores, files, the process itself. Each fills a role of `ports`."""
