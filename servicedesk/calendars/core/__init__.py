"""The pure parts that opening hours are made of: documents, wall clocks, intervals, compiled windows."""
