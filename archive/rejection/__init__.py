"""Rejection notes: objects that are out of use, why, and how they come back."""
