"""Routing: proposes group, category and urgency of a request with reasons; routes it when sure enough."""
