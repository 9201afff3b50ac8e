"""Figures of promises: a selection of cycles as of a moment, and what is counted and blamed in it."""
