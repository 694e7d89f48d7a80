"""Pages about messages and peers."""
