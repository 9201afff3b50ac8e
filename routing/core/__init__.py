"""The classifier and its surroundings: values in, values out; no Flask, no database, no time of its own."""
