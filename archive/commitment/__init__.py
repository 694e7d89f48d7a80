"""Storage Commitment: say that objects are kept only after they were read back (PS3.4 J)."""
