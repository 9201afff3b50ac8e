"""The floor: bare Flask, one indexed query, one precompiled template, nothing else."""
