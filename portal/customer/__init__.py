"""The customer's face: the one box, the requests that are theirs, and each request's page."""
