"""The rules of the house as functions over a tree, so that a bad tree can prove each of them."""
