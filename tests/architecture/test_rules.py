"""House rules that a machine can see in the Python code: time, SQL, imports, names."""

import ast
import re

import pytest

from tests.architecture.tree import (
    FIRST_PARTY,
    Source,
    called,
    functions,
    imported,
    product,
    read,
    sources,
)

CLOCK = "servicedesk/kernel/clock.py"
LATE_IMPORTS = ("jobs.py", "cli.py", "app.py")  # heavy things, loaded when a job or a command line asks
VAGUE = {"utils", "util", "helpers", "common", "misc", "base", "manager", "service"}
ASKS_THE_TIME = re.compile(r"(^|\.)(datetime\.(now|today|utcnow)|date\.today|time\.time)$")
UNPICKLERS = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


def asks_the_time(node: ast.AST) -> bool:
    return bool(ASKS_THE_TIME.search(called(node)))


def unpickles(node: ast.AST) -> bool:
    return any(name.partition(".")[0] in UNPICKLERS for name in imported(node))


def speaks_smtp(node: ast.AST) -> bool:
    return "smtplib" in imported(node)


def builds_sql(node: ast.AST) -> bool:
    """Say whether the node hands text that is put together at run time to `text()`."""
    if called(node).rpartition(".")[2] not in {"text", "exec_driver_sql"} or not isinstance(node, ast.Call):
        return False
    first = node.args[0] if node.args else None
    return isinstance(first, ast.JoinedStr | ast.BinOp) or called(first or node).endswith(".format")


def declares_safe(node: ast.AST) -> bool:
    return called(node).rpartition(".")[2] == "Markup"


def late_first_party_imports(source: Source) -> list[str]:
    inside = (node for _name, _length, function in functions(source) for node in ast.walk(function))
    names = (name for node in inside for name in imported(node))
    return [f"{source.path}: {name}" for name in names if name.partition(".")[0] in FIRST_PARTY]


def has_more_than_a_docstring(source: Source) -> bool:
    match source.tree.body:
        case [ast.Expr(value=ast.Constant(value=str()))]:
            return False
    return True


def where(matches, found: list[Source]) -> list[str]:
    return [place for source in found for place in source.found(matches)]


def test_only_the_clock_asks_what_time_it_is():
    assert where(asks_the_time, [source for source in product() if source.path != CLOCK]) == []
    assert where(asks_the_time, sources(CLOCK)) != []


def test_mail_servers_are_spoken_with_in_one_room():
    modules = {source.path for source in product() if source.found(speaks_smtp)}

    assert modules == {"servicedesk/channels/smtp.py", "servicedesk/operations/mail_check.py"}


def test_nothing_is_ever_unpickled():
    assert where(unpickles, product()) == []


def test_sql_is_never_put_together_from_pieces():
    assert where(builds_sql, [*product(), *sources("migrations")]) == []


def test_text_is_declared_safe_in_one_module_at_most():
    modules = {source.path for source in product() if source.found(declares_safe)}

    assert len(modules) <= 1, modules  # templates: tests/portal/test_static_rules.py


def test_rooms_say_what_they_are_for_and_nothing_else_in_their_init():
    rooms = [source for source in product() if source.named("__init__.py")]

    assert len(rooms) > 3
    assert [room.path for room in rooms if has_more_than_a_docstring(room)] == []


def test_first_party_imports_stand_at_the_top():
    found = [source for source in product() if not source.named(*LATE_IMPORTS)]

    assert [place for source in found for place in late_first_party_imports(source)] == []


def test_no_module_is_named_so_that_anything_would_fit_in():
    names = {part for source in product() for part in source.path.removesuffix(".py").split("/")}

    assert names & VAGUE == set()


@pytest.mark.parametrize(
    ("finder", "bad"),
    [
        (asks_the_time, "import datetime\nat = datetime.datetime.now(tz)"),
        (asks_the_time, "at = time.time()"),
        (unpickles, "from joblib import load"),
        (builds_sql, "rows = session.execute(text(f'select {x}'))"),
        (builds_sql, "rows = sa.text('select ' + x)"),
        (builds_sql, "rows = text('select {}'.format(x))"),
        (declares_safe, "html = markupsafe.Markup(x)"),
    ],
)
def test_each_rule_finds_what_breaks_it(finder, bad):
    assert where(finder, [read("bad.py", bad)]) != []


def test_a_late_import_is_found():
    bad = read("bad.py", "def view():\n    from sla import queries")

    assert late_first_party_imports(bad) == ["bad.py: sla"]
