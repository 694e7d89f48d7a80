"""Pictures of invented anatomy: pure numpy, seeded, nothing of a real person in them."""
