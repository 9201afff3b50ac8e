"""What the desk is installed from: declared, hashed, and the same wherever packages come from (R121)."""

import ast
import re
import sys
import tomllib

import pytest

from tests.architecture.tree import FIRST_PARTY, ROOT, imported, product

LOCKS = ("run.lock", "server.lock", "dev.lock", "uv.lock")
SPELT = {"sklearn": "scikit-learn", "argon2": "argon2-cffi", "markdown_it": "markdown-it-py"}
# Parts of a declared package that its own documentation tells one to import: Flask's, Flask-Migrate's, ...
BROUGHT_ALONG = {
    *("alembic", "babel", "click", "itsdangerous", "jinja2", "limits", "markupsafe"),
    *("webargs", "werkzeug", "wtforms"),
}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def bare(requirement: str) -> str:
    """Return the name of a requirement: `psycopg` of `psycopg[binary]>=3.3`."""
    return re.split(r"[^\w.-]", requirement.strip())[0].lower()


def declared() -> set[str]:
    about = project()["project"]
    extras = [requirement for extra in about["optional-dependencies"].values() for requirement in extra]
    return {bare(requirement) for requirement in [*about["dependencies"], *extras]}


def third_party() -> set[str]:
    nodes = (node for source in product() for node in ast.walk(source.tree))
    roots = {name.partition(".")[0] for node in nodes for name in imported(node)}
    ours = FIRST_PARTY | set(sys.stdlib_module_names)
    return {SPELT.get(root, root.replace("_", "-")) for root in roots - ours}


def locked(lock: str) -> set[str]:
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    return {bare(line) for line in text.splitlines() if re.match(r"\w", line)}


def test_everything_the_product_imports_is_declared():
    assert "sqlalchemy" in third_party()
    assert third_party() - declared() - BROUGHT_ALONG == set()


def test_everything_declared_is_locked():
    groups = [bare(name) for group in project()["dependency-groups"].values() for name in group]
    core = {bare(requirement) for requirement in project()["project"]["dependencies"]}

    assert core - locked("run.lock") == set()
    assert (declared() | set(groups)) - locked("dev.lock") == set()
    assert declared() - locked("server.lock") == set()
    assert locked("run.lock") - locked("server.lock") == set()
    assert locked("server.lock") - locked("dev.lock") == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_every_file_by_its_hash(lock):
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    packages = re.split(r"\n(?=\w)", text)

    assert "://" not in text
    assert "--index" not in text
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
