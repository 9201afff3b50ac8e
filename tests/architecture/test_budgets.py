"""No function, file, test, template or script grows past what one reads at a sitting."""

from tests.architecture.tree import FLOORS, Source, files, functions, lines, product, read, sources

FUNCTION_LINES, FILE_LINES, TEST_LINES, TEMPLATE_LINES, SCRIPT_LINES = 40, 300, 25, 120, 150


def too_long(found: list[Source], limit: int) -> list[str]:
    sized = (function for source in found for function in functions(source))
    return [f"{name}: {length}" for name, length, _node in sized if length > limit]


def too_tall(paths: list[str], limit: int) -> list[str]:
    return [f"{path}: {len(lines(path))}" for path in paths if len(lines(path)) > limit]


def test_no_function_of_the_product_is_longer_than_40_lines():
    assert too_long([*product(), *sources("benchmarks")], FUNCTION_LINES) == []


def test_no_test_or_its_helper_is_longer_than_25_lines():
    assert too_long(sources("tests"), TEST_LINES) == []


def test_no_python_file_is_longer_than_300_lines():
    found = [*product(), *sources("tests", "benchmarks")]

    assert too_tall([source.path for source in found], FILE_LINES) == []


def test_no_template_is_longer_than_120_lines():
    assert too_tall(files(*FLOORS, suffix=".html"), TEMPLATE_LINES) == []


def test_no_script_is_longer_than_150_lines():
    assert too_tall(files(*FLOORS, suffix=".js"), SCRIPT_LINES) == []


def test_a_function_over_its_budget_is_found():
    long_one = read("somewhere.py", "def short():\n    pass\n\ndef long():\n" + "    pass\n" * 40)

    assert too_long([long_one], FUNCTION_LINES) == ["somewhere.py:4 long: 41"]
