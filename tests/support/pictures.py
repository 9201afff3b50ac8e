"""Small pictures made by hand, with what cameras put into them, and files of other kinds."""

import struct
import zlib

PLACE = b"GPS 43.2380N 76.9450E"  # stands for what nobody should be told


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 2, height: int = 2, *, texts: bytes = b"", pixels: bytes | None = None) -> bytes:
    """Return a PNG whose header says `width` × `height`; it holds as many pixels up to 4 × 4."""
    rows = b"".join(b"\x00" + b"\x10\x80\xf0" * min(width, 4) for _ in range(min(height, 4)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(pixels if pixels is not None else rows))
    return b"\x89PNG\r\n\x1a\n" + header + texts + body + chunk(b"IEND", b"")


def png_with_a_place() -> bytes:
    return png(texts=chunk(b"eXIf", PLACE) + chunk(b"tEXt", b"Comment\x00" + PLACE)) + PLACE


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int) -> bytes:
    """Return an Exif segment with an orientation, and a place after it."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"II*\x00" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    return segment(0xE1, b"Exif\x00\x00" + tiff + PLACE)


def jpeg(width: int = 8, height: int = 8, *, orientation: int = 6, after: bytes = b"") -> bytes:
    """Return the form of a JPEG with a place in Exif, XMP and comment; its scan decodes to nothing."""
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
            exif(orientation),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + PLACE),
            segment(0xE2, b"ICC_PROFILE\x00\x01\x01colours"),
            segment(0xE2, b"MPF\x00" + PLACE),
            segment(0xFE, PLACE),
            segment(0xDB, bytes(65)),
            frame,
            scan,
            b"\xff\xd9",
            after,
        )
    )


def riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2)


def webp(width: int = 16, height: int = 9) -> bytes:
    """Return the form of an extended WebP with Exif and XMP."""
    flags = bytes([0x0C, 0, 0, 0])
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = riff_chunk(b"VP8X", flags + canvas) + riff_chunk(b"VP8L", b"\x2f" + bytes(9))
    body += riff_chunk(b"EXIF", PLACE) + riff_chunk(b"XMP ", PLACE)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def gif(width: int = 3, height: int = 5) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00\x3b"


PROGRAM = b"MZ" + bytes(58) + b"\x80\x00\x00\x00" + bytes(64) + b"PE\x00\x00"
SCRIPTED_SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
