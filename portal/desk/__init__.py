"""The agent's face: the queue with its reading pane, the ticket page, and requests that come by phone."""
