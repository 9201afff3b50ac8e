"""Who hears of what: the letters of the desk, when each is due, and how few of them there are."""
