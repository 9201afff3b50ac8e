"""The top floor: pages for customers, agents, managers and administrators."""
