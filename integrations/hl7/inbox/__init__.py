"""Messages that came in: kept raw first, then applied, then answered."""
