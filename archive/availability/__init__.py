"""Tell others that the objects of a study are here (PS3.4 R)."""
