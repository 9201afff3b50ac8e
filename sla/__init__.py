"""Agreements and their clocks: what was promised, how much of it is used, and why."""
