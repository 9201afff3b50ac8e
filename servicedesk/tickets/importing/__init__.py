"""Importing history: reading a table of tickets, checking each row, and the bulk command that writes them."""
