"""Tickets: the catalogue, the event log of a request, its life cycle, priority, access and queries."""
