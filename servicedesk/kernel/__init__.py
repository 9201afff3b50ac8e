"""The kernel: settings, database, clock, events, commands, jobs, web plumbing; knows nothing of tickets."""
