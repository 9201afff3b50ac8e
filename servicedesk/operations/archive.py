"""The file of a backup: a plain tar whose members are gzip'd one by one, written and read strictly.

`tar` and `gzip` of any machine can open it. The desk itself reads it block by block and takes nothing that
it would not have written: no links, no devices, no other headers, no bytes between the members.
"""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _

BLOCK = 512
END = bytes(2 * BLOCK)
LONGEST_NAME = 100  # what a tar header holds without an extension
PIECE = 1 << 18  # bytes read or unpacked at once
LEVEL = 6  # of gzip


class BadArchive(Invalid):
    """The archive cannot be used; the sentence names the member and says why."""

    def __init__(self, sentence: str) -> None:
        nothing_changed = _("Nothing was changed.")
        super().__init__("backup.damaged", f"{sentence} {nothing_changed}")


@dataclass(frozen=True, slots=True)
class Member:
    """One member: its name, and size and SHA-256 as it is stored and unpacked."""

    name: str
    stored_bytes: int
    stored_sha256: str
    bytes: int
    sha256: str


class Packing:
    """Takes the content of one member; afterwards `member` describes it."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._name = name
        self._stored = _Counted(file)
        self._packed = gzip.GzipFile("", "wb", LEVEL, self._stored, mtime=0)
        self._content = sha256()
        self._bytes = 0

    def write(self, content: bytes) -> None:
        """Add bytes."""
        self._packed.write(content)
        self._content.update(content)
        self._bytes += len(content)

    def close(self) -> None:
        """Write what is left."""
        self._packed.close()

    @property
    def member(self) -> Member:
        """What has been written."""
        stored = self._stored
        return Member(
            self._name, stored.bytes, stored.digest.hexdigest(), self._bytes, self._content.hexdigest()
        )


class _Counted:
    """A file that counts and hashes what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.bytes = 0
        self.digest = sha256()

    def write(self, content: bytes) -> int:
        self.file.write(content)
        self.bytes += len(content)
        self.digest.update(content)
        return len(content)

    def flush(self) -> None:
        self.file.flush()


class Writer:
    """Writes members into `file`, a new file open for writing; made_at: seconds since 1970."""

    def __init__(self, file: BinaryIO, made_at: int) -> None:
        self.file = file
        self.made_at = made_at

    @contextmanager
    def packing(self, name: str) -> Iterator[Packing]:
        """Add a member whose size is known only when its content has been written."""
        begins = self.file.tell()
        self.file.write(header(name, 0, self.made_at))
        packing = Packing(self.file, name)
        yield packing
        packing.close()
        size = packing.member.stored_bytes
        self.file.write(padding(size))
        ends = self.file.tell()
        self.file.seek(begins)
        self.file.write(header(name, size, self.made_at))
        self.file.seek(ends)

    def plain(self, name: str, content: bytes) -> None:
        """Add a small member as it is."""
        self.file.write(header(name, len(content), self.made_at) + content + padding(len(content)))

    def end(self) -> None:
        """Write what tells a whole archive from one that was cut off."""
        self.file.write(END)


class Reader:
    """Looks through the headers of an archive; `places` is where each member lies: (offset, size)."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.length = file.seek(0, 2)
        self.places: dict[str, tuple[int, int]] = {}
        at = 0
        while (block := self._block(at)) != bytes(BLOCK):
            at = self._note(block, at)
        file.seek(at)
        if file.read(len(END) + 1) != END:
            raise BadArchive(_("The archive is cut off at its end, or something was added to it."))

    def _block(self, at: int) -> bytes:
        self.file.seek(at)
        block = self.file.read(BLOCK)
        if len(block) == BLOCK:
            return block
        if not self.places:
            raise BadArchive(_("The file is empty or no backup of a desk."))
        raise BadArchive(_("The archive is cut off after %(member)s.", member=list(self.places)[-1]))

    def _note(self, block: bytes, at: int) -> int:
        """Note the member whose header is `block`; return where the next one begins."""
        name, size = self._checked(block)
        begins = at + BLOCK
        ends = begins + size + len(padding(size))
        if ends > self.length:
            raise BadArchive(_("The archive is cut off in the middle of %(member)s.", member=name))
        self.file.seek(begins + size)
        if any(self.file.read(ends - begins - size)):
            raise BadArchive(_("Between %(member)s and the next member lie bytes.", member=name))
        self.places[name] = begins, size
        return ends

    def _checked(self, block: bytes) -> tuple[str, int]:
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError):
            if not self.places:
                raise BadArchive(_("The file is empty or no backup of a desk.")) from None
            last = list(self.places)[-1]
            raise BadArchive(_("After %(member)s there is no member.", member=last)) from None
        if not info.isreg():
            raise BadArchive(
                _("%(member)s is a link, a folder or a device; a backup holds none.", member=info.name)
            )
        if not is_safe(info.name):
            raise BadArchive(_("%(member)s leads out of the data folder.", member=info.name))
        if info.name in self.places:
            raise BadArchive(_("%(member)s is there twice.", member=info.name))
        if info.size < 0 or block != header(info.name, info.size, int(info.mtime)):
            raise BadArchive(_("The header of %(member)s is not as the desk writes it.", member=info.name))
        return info.name, info.size

    def plain(self, name: str, limit: int) -> bytes:
        """Return a small member that is stored as it is; one over `limit` bytes is refused."""
        begins, size = self.places.get(name, (0, -1))
        if size < 0:
            raise BadArchive(_("%(member)s is missing.", member=name))
        if size > limit:
            raise BadArchive(_("%(member)s is larger than it may be.", member=name))
        self.file.seek(begins)
        return self.file.read(size)

    def check_stored(self, member: Member) -> None:
        """Raise BadArchive if the stored bytes of a member are not those that were written."""
        begins, size = self.places[member.name]
        digest = sha256()
        for piece in self._pieces(begins, size):
            digest.update(piece)
        if size != member.stored_bytes or digest.hexdigest() != member.stored_sha256:
            raise BadArchive(_("%(member)s was changed since it was written.", member=member.name))

    def unpacked(self, member: Member) -> Iterator[bytes]:
        """Yield the content of a member; raises BadArchive at the first byte beyond its size."""
        begins, size = self.places[member.name]
        digest, count = sha256(), 0
        unzip = zlib.decompressobj(wbits=31)
        for piece in self._pieces(begins, size):
            left = piece
            while left and not unzip.eof:
                try:
                    content = unzip.decompress(left, PIECE)
                except zlib.error:
                    raise BadArchive(_("%(member)s cannot be unpacked.", member=member.name)) from None
                left = unzip.unconsumed_tail
                count += len(content)
                if count > member.bytes:
                    raise BadArchive(_("%(member)s unpacks to more than it should hold.", member=member.name))
                digest.update(content)
                yield content
        if not unzip.eof or count != member.bytes or digest.hexdigest() != member.sha256:
            raise BadArchive(_("%(member)s was changed since it was written.", member=member.name))

    def _pieces(self, begins: int, size: int) -> Iterator[bytes]:
        at, ends = begins, begins + size
        while at < ends:
            self.file.seek(at)  # anew each time: somebody else may read another member in between
            piece = self.file.read(min(PIECE, ends - at))
            if not piece:
                raise BadArchive(_("The archive became shorter while it was read."))
            at += len(piece)
            yield piece


def header(name: str, size: int, made_at: int) -> bytes:
    """Return the header block of a plain file that only its owner may read."""
    if not is_safe(name):
        raise ValueError(f"no name for a member: {name!r}")
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, made_at, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def padding(size: int) -> bytes:
    """Return the zeros that fill the last block of a member."""
    return bytes(-size % BLOCK)


def is_safe(name: str) -> bool:
    """Say whether a path stays below the folder it starts from and means the same on every system."""
    parts = name.split("/")
    return (
        0 < len(name) <= LONGEST_NAME
        and name.isascii()
        and name.isprintable()
        and not any(sign in name for sign in '\\:*?"<>| ')
        and all(part and part[0] != "." and part[-1] != "." for part in parts)
    )
