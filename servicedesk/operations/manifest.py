"""The table of contents of a backup: what it holds, how much of it, and the hash of each part."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from servicedesk.kernel.i18n import gettext as _
from servicedesk.operations.archive import BadArchive, Member, is_safe

FORMAT = 1
PRODUCT = "servicedesk"
NAME = "manifest.json"
DIGEST_NAME = "manifest.sha256"
LARGEST = 256 << 20  # bytes; a million files take about 200 MiB
KINDS = frozenset({"integer", "number", "text", "boolean", "instant", "date", "bytes"})

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class TablePart:
    """The rows of one table: JSON lines, each an array of values in the order of `columns` (name, kind)."""

    table: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    member: Member


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file; `path` starts from the data folder."""

    path: str
    member: Member


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `made_at` is ISO text in UTC, `database` says from which kind it comes."""

    version: str
    made_at: str
    database: str
    revision: str
    with_secrets: bool
    tables: tuple[TablePart, ...]
    files: tuple[FilePart, ...]

    @property
    def members(self) -> list[Member]:
        """Every member that it describes, in the order of the archive."""
        return [*(part.member for part in self.tables), *(part.member for part in self.files)]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(part.rows for part in self.tables)

    def to_json(self) -> bytes:
        """Return it as it stands in the archive."""
        document = {"product": PRODUCT, "format": FORMAT} | asdict(self)
        return json.dumps(document, ensure_ascii=True, indent=1).encode()


def read_manifest(content: bytes) -> Manifest:
    """Return the manifest that `to_json` wrote. Raises BadArchive."""
    try:
        document = json.loads(content)
        if document["product"] != PRODUCT:
            raise BadArchive(_("The archive is no backup of a desk."))
        if document["format"] != FORMAT:
            raise BadArchive(_("The archive was made by a newer version of the desk; install that one."))
        manifest = _manifest(document)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadArchive(_("%(member)s is not as the desk writes it.", member=NAME)) from None
    return manifest


def _manifest(document: dict[str, Any]) -> Manifest:
    return Manifest(
        version=_is(str, document["version"]),
        made_at=_is(str, document["made_at"]),
        database=_is(str, document["database"]),
        revision=_is(str, document["revision"]),
        with_secrets=_is(bool, document["with_secrets"]),
        tables=_each(_table, document["tables"]),
        files=_each(_file, document["files"]),
    )


def _table(given: dict[str, Any]) -> TablePart:
    columns = tuple((_is(str, name), _is(str, kind)) for name, kind in _is(list, given["columns"]))
    if not {kind for _name, kind in columns} <= KINDS or not columns:
        raise ValueError(columns)
    return TablePart(_is(str, given["table"]), columns, _count(given["rows"]), _member(given["member"]))


def _file(given: dict[str, Any]) -> FilePart:
    path = _is(str, given["path"])
    if not is_safe(path):
        raise BadArchive(_("%(member)s leads out of the data folder.", member=path))
    return FilePart(path, _member(given["member"]))


def _member(given: dict[str, Any]) -> Member:
    return Member(
        name=_is(str, given["name"]),
        stored_bytes=_count(given["stored_bytes"]),
        stored_sha256=_is(str, given["stored_sha256"]),
        bytes=_count(given["bytes"]),
        sha256=_is(str, given["sha256"]),
    )


def _each(read: Callable[[dict[str, Any]], Value], given: object) -> tuple[Value, ...]:
    parts: Sequence[Any] = _is(list, given)
    return tuple(read(_is(dict, part)) for part in parts)


def _is(kind: type[Value], value: object) -> Value:
    if type(value) is not kind:
        raise TypeError(value)
    return value


def _count(value: object) -> int:
    number = _is(int, value)
    if number < 0:
        raise ValueError(value)
    return number
