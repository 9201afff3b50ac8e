"""Distinct numbers, as numpy finds them."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.kernel.distinct import distinct, distinct_with_places


@pytest.mark.parametrize("kind", [np.int64, np.uint64, np.int32])
@given(numbers=st.lists(st.integers(0, 2**31 - 1) | st.integers(0, 3), max_size=40))
def test_distinct_numbers_and_their_places_are_numpys(kind, numbers):
    values = np.array(numbers, dtype=kind)
    keys, places = np.unique(values, return_inverse=True)

    found, where = distinct_with_places(values)

    assert found.dtype == kind
    assert (found.tolist(), where.tolist()) == (keys.tolist(), places.tolist())
    assert distinct(values).tolist() == keys.tolist()


@pytest.mark.parametrize("module", ["knowledge.core.index", "routing.core.inference"])
def test_searching_articles_and_proposing_a_route_need_no_masked_arrays(module):
    code = f"import sys, {module}; from servicedesk.kernel.distinct import distinct; import numpy as np;"
    code += "distinct(np.array([2, 1, 2])); sys.exit('numpy.ma' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
