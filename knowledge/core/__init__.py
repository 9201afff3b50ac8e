"""The pure part of knowledge: how languages stand, what changed, search and safe rendering."""
