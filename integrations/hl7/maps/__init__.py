"""Maps between HL7 v2 fields and our facts: rows of data, pure."""
