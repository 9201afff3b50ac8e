"""Figures of tickets over time: how much is open, what comes and goes, and how well it was answered."""
