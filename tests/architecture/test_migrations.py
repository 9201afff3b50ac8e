"""One history of the schema: dated, linear, and never dependent on code that may change."""

import re

from alembic.script import ScriptDirectory

from tests.architecture.tree import FIRST_PARTY, ROOT, files, imported, sources

REVISIONS = files("migrations/versions", suffix=".py")
DATED = re.compile(r"migrations/versions/20\d{6}_\d{4}_[a-z0-9_]+\.py")


def history() -> ScriptDirectory:
    return ScriptDirectory(str(ROOT / "migrations"))


def test_there_is_one_first_and_one_newest_revision():
    assert len(history().get_bases()) == 1
    assert len(history().get_heads()) == 1


def test_the_file_names_stand_in_the_order_of_the_revisions():
    newest_first = [
        f"migrations/versions/{revision.path.split('/')[-1]}" for revision in history().walk_revisions()
    ]

    assert newest_first == sorted(REVISIONS, reverse=True)
    assert [path for path in REVISIONS if not DATED.fullmatch(path)] == []


def test_revisions_import_nothing_of_ours():
    nodes = [(source, node) for source in sources("migrations/versions") for node in _nodes(source)]

    assert [s.path for s, node in nodes if FIRST_PARTY & {n.partition(".")[0] for n in imported(node)}] == []


def _nodes(source):
    return [node for node in source.tree.body if imported(node)]
