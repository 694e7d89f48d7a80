"""Doors: one message becomes one service call for each thing it says."""
