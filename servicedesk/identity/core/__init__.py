"""Rules about people as values: no database, no clock."""
