"""The ways between the desk and people that are not pages: mail that leaves."""
