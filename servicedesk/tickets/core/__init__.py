"""Pure rules of tickets: statuses and moves, priority, ticket numbers."""
