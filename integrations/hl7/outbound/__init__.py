"""Messages that go out: one row each, sent in order until they are answered."""
