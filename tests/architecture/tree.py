"""The source tree as data, for the tests that hold it to the house rules."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("servicedesk", "sla", "routing", "knowledge", "portal")  # those that exist are looked at
FIRST_PARTY = {"app", *FLOORS, "migrations", "tests", "benchmarks"}


@dataclass(frozen=True)
class Source:
    """One Python file: where it is, what it says, and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    def named(self, *names: str) -> bool:
        return Path(self.path).name in names

    def found(self, matches: Callable[[ast.AST], bool]) -> list[str]:
        """Return `path:line` of each node that matches."""
        return [f"{self.path}:{node.lineno}" for node in ast.walk(self.tree) if matches(node)]  # type: ignore[attr-defined]


def read(path: str, text: str) -> Source:
    return Source(path, text, ast.parse(text))


@cache
def sources(*places: str) -> list[Source]:
    """Return every Python file of `places` (folders or files under the root) that exists."""
    return [read(path, (ROOT / path).read_text("utf-8")) for path in files(*places, suffix=".py")]


def product() -> list[Source]:
    return sources("app.py", *FLOORS)


def files(*places: str, suffix: str) -> list[str]:
    """Return paths under the root; what others wrote and we carry along (`vendor`) is left out."""
    paths = [path for place in places for path in _walk(ROOT / place)]
    names = [path.relative_to(ROOT).as_posix() for path in paths if path.suffix == suffix]
    return sorted(name for name in names if "/vendor/" not in name)


def lines(path: str) -> list[str]:
    return (ROOT / path).read_text("utf-8").splitlines()


def _walk(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from (path for path in place.rglob("*") if path.is_file())
    elif place.exists():
        yield place


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def functions(source: Source) -> Iterator[tuple[str, int, ast.AST]]:
    """Yield `path:line name`, length in lines (decorators not counted) and node of each function."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield f"{source.path}:{node.lineno} {node.name}", length, node


def imported(node: ast.AST) -> list[str]:
    """Return the modules an import statement names; nothing for other nodes."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def called(node: ast.AST) -> str:
    """Return the dotted name that a call calls, such as `datetime.now`; "" for other nodes."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def matching(paths: list[str], pattern: str) -> list[str]:
    """Return `path:line` of each line that `pattern` is found in."""
    wanted = re.compile(pattern)
    return [
        f"{path}:{number}"
        for path in paths
        for number, line in enumerate(lines(path), start=1)
        if wanted.search(line)
    ]
