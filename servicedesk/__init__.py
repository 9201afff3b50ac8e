"""The ground floor of the desk: kernel, calendars, identity, tickets and what grows on them."""
