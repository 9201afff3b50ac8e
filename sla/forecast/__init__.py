"""How likely running promises are to be broken, learned from those that ended, and how far to trust that."""
