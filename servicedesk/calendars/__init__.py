"""Opening hours: which instants count as working time, calendar versions, public holidays."""
