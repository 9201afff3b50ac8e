"""Raster pictures, never decoded: how large they are, and what remains without where and by whom. Pure.

A photograph carries the place it was taken at, the camera's number and a small copy of itself. `kept_parts`
walks the segments of JPEG (ITU-T T.81 annex B), the chunks of PNG (RFC 2083) and of WebP (RFC 9649) and
leaves those out; the picture itself is copied to the byte. GIF has no such data in use and stays as it is.
"""

import re
import struct
from collections.abc import Iterator
from mmap import mmap
from typing import TypeAlias

Data: TypeAlias = "bytes | mmap"
# A piece of the file from one place up to another, or bytes to be written instead.
Part: TypeAlias = "tuple[int, int] | bytes"

# A side, and all of it: more than any camera makes; and decoded still within a gigabyte.
LONGEST_SIDE = 30_000
MOST_PIXELS = 120_000_000

_APP1, _APP2, _COMMENT, _SCAN, _END = 0xE1, 0xE2, 0xFE, 0xDA, 0xD9
# Frames of every coding; those between them define tables.
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_LEFT_OUT = frozenset({_APP1, *range(0xE3, 0xEE), 0xEF, _COMMENT})
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)
_ORIENTATION = 0x0112
_PNG_TEXTS = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})


class NoPicture(ValueError):
    """The file begins like a picture and is none."""


def size_of(data: Data, media_type: str) -> tuple[int, int]:
    """Return width and height in pixels as the header says; raises NoPicture."""
    try:
        width, height = _SIZES[media_type](data)
    except (IndexError, KeyError, struct.error):
        raise NoPicture(media_type) from None
    if width < 1 or height < 1:
        raise NoPicture(f"{width} × {height}")
    return width, height


def is_too_large(width: int, height: int) -> bool:
    """Say whether decoding a picture of that many pixels could stop a browser or a job."""
    return max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS


def kept_parts(data: Data, media_type: str) -> list[Part]:
    """Return what remains of the picture without its metadata, in order; raises NoPicture."""
    walk = _WALKS.get(media_type)
    if walk is None:
        return [(0, len(data))]
    try:
        return _joined(walk(data))
    except (IndexError, struct.error):
        raise NoPicture(media_type) from None


def _joined(parts: Iterator[Part]) -> list[Part]:
    """Return the parts with neighbours made one."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, tuple) and isinstance(last, tuple) and last[1] == part[0]:
            found[-1] = (last[0], part[1])
        else:
            found.append(part)
    return found


def _jpeg_segments(data: Data) -> Iterator[tuple[int, int, int]]:
    """Yield marker, begin and end of each segment after the first marker; a scan has its pixels with it.

    Ends at the end of the picture: what cameras append there (films, further pictures) is not part of it.
    """
    at = 2
    while at < len(data):
        begin = at
        if data[at] != 0xFF:
            raise NoPicture("no marker where one should stand")
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker == _END:
            yield marker, at - 2, at
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            yield marker, begin, at
            continue
        (length,) = struct.unpack(">H", data[at : at + 2])
        if length < 2:
            raise NoPicture("a segment shorter than its own length")
        at += length
        if marker == _SCAN:
            found = _NEXT_MARKER.search(data, at)
            at = found.start() if found else len(data)
        if at > len(data):
            raise NoPicture("a segment longer than the file")
        yield marker, begin, at


def _walk_jpeg(data: Data) -> Iterator[Part]:
    yield 0, 2
    for marker, begin, end in _jpeg_segments(data):
        if marker == _APP1 and (turned := _orientation(data[begin:end])) > 1:
            yield _only_orientation(turned)
        if marker in _LEFT_OUT or (marker == _APP2 and b"ICC_PROFILE" not in data[begin : begin + 18]):
            continue
        yield begin, end


def _orientation(segment: bytes) -> int:
    """Return how a camera says that it was held (1 to 8); 1 where it says nothing that can be read."""
    at = segment.find(b"Exif\x00\x00")
    tiff = segment[at + 6 :] if at >= 0 else b""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for number in range(min(count, 200)):
            tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _only_orientation(value: int) -> bytes:
    """Return an Exif segment with one entry: a photograph taken upright would else lie on its side."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, value, 0)
    tiff = b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + b"\x00\x00\x00\x00"
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _walk_png(data: Data) -> Iterator[Part]:
    yield 0, 8
    at = 8
    while True:
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if end > len(data):
            raise NoPicture("a chunk longer than the file")
        if kind not in _PNG_TEXTS:
            yield at, end
        if kind == b"IEND":
            return
        at = end


def _webp_chunks(data: Data) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        end = at + 8 + length + length % 2
        if at + 8 + length > len(data):
            raise NoPicture("a chunk longer than the file")
        yield kind, at, min(end, len(data))
        at = end


def _walk_webp(data: Data) -> Iterator[Part]:
    kept = [chunk for chunk in _webp_chunks(data) if chunk[0] not in (b"EXIF", b"XMP ")]
    yield b"RIFF" + struct.pack("<I", 4 + sum(end - begin for _kind, begin, end in kept)) + b"WEBP"
    for kind, begin, end in kept:
        if kind == b"VP8X":
            # Its flags say which chunks follow: none with Exif (8) or XMP (4) any more.
            yield data[begin : begin + 8] + bytes([data[begin + 8] & ~0x0C]) + data[begin + 9 : end]
        else:
            yield begin, end


def _jpeg_size(data: Data) -> tuple[int, int]:
    for marker, begin, end in _jpeg_segments(data):
        if marker in _FRAMES:
            at = data[begin:end].index(bytes([marker])) + 1
            height, width = struct.unpack(">HH", data[begin + at + 3 : begin + at + 7])
            return width, height
    raise NoPicture("no frame")


def _png_size(data: Data) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise NoPicture("no header")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _gif_size(data: Data) -> tuple[int, int]:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _webp_size(data: Data) -> tuple[int, int]:
    kind, begin, _end = next(_webp_chunks(data), (b"", 0, 0))
    body = data[begin + 8 : begin + 18]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise NoPicture("no pixels")


_SIZES = {"image/jpeg": _jpeg_size, "image/png": _png_size, "image/gif": _gif_size, "image/webp": _webp_size}
_WALKS = {"image/jpeg": _walk_jpeg, "image/png": _walk_png, "image/webp": _walk_webp}
