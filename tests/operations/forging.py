"""Archives as somebody else might make them: whole, but not what a desk wrote."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

from servicedesk.operations.archive import Packing, Writer
from servicedesk.operations.manifest import DIGEST_NAME, NAME

Parts = dict[str, bytes]


def parts_of(file: Path) -> Parts:
    with tarfile.open(file) as found:
        return {info.name: found.extractfile(info).read() for info in found}  # type: ignore[union-attr]


def written(file: Path, parts: Parts) -> Path:
    """Write an archive of these parts with a manifest that has the right digest."""
    with file.open("wb") as out:
        writer = Writer(out, 0)
        for name, content in parts.items():
            writer.plain(name, sealed(parts) if name == DIGEST_NAME else content)
        writer.end()
    return file


def sealed(parts: Parts) -> bytes:
    return f"{hashlib.sha256(parts[NAME]).hexdigest()}  {NAME}\n".encode()


def with_manifest(parts: Parts, change: Callable[[dict], object]) -> Parts:
    document = json.loads(parts[NAME])
    change(document)
    return parts | {NAME: json.dumps(document).encode()}


def repacked(parts: Parts, name: str, content: bytes, **claims: object) -> Parts:
    """Put other content into a member, its description in the manifest with it except for `claims`."""
    packing = Packing(out := io.BytesIO(), name)
    packing.write(content)
    packing.close()

    def describe(document: dict) -> None:
        part = next(each for each in document["tables"] if each["member"]["name"] == name)
        member = packing.member
        part["member"] = {field: getattr(member, field) for field in member.__slots__}
        part["member"].update(claims)

    return with_manifest(parts | {name: out.getvalue()}, describe)
