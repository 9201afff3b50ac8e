"""What keeps a desk in good health: backup and restore, the examination, figures for monitoring."""
