"""One process of a measurement of clocks that other hours measure; see repromising.py."""

import json
import sys

from benchmarks.repromising import measure

if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
