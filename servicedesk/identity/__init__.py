"""People, organisations, assignment groups, roles and permissions, sign-in, and the actor they make."""
