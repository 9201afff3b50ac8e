"""One process of a measurement of many promises due at once; see many_due.py."""

import sys

from benchmarks.many_due import do

if __name__ == "__main__":
    do(*sys.argv[1:])
