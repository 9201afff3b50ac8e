"""What a file is, read off its first bytes and never off its name. Pure.

The signatures are those of the formats' own specifications: PNG (RFC 2083), JPEG (ITU-T T.81), GIF89a,
WebP (RFC 9649), PDF (ISO 32000), ZIP (PKWARE APPNOTE), RIFF, ISO base media (ISO/IEC 14496-12), OLE
(MS-CFB), PE, ELF.
"""

import re
from codecs import getincrementaldecoder

HEAD_BYTES = 65536
UNKNOWN = "application/octet-stream"
PROGRAM = "application/x-executable"
TEXT = "text/plain"
# Raster pictures: the only content that a browser may show in place.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (0, b"(\xb5/\xfd", "application/zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (257, b"ustar", "application/x-tar"),
    (0, b"OggS", "application/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"\x7fELF", PROGRAM),
    (0, b"\xca\xfe\xba\xbe", PROGRAM),  # Java classes and universal programs of macOS
    (0, b"\xce\xfa\xed\xfe", PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", PROGRAM),
    (0, b"\xfe\xed\xfa\xce", PROGRAM),
    (0, b"\xfe\xed\xfa\xcf", PROGRAM),
    (0, b"#!", PROGRAM),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),  # a Windows shortcut runs what it names
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif",
    b"qt  ": "video/quicktime", b"M4A ": "audio/mp4",
}  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
# The second entry of such a package lies in a folder that says which program wrote it.
_PACKAGES = (
    (b"word/", f"{_OFFICE}wordprocessingml.document"),
    (b"xl/", f"{_OFFICE}spreadsheetml.sheet"),
    (b"ppt/", f"{_OFFICE}presentationml.presentation"),
)
_OPEN_DOCUMENT = re.compile(
    rb"mimetype(application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation))"
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<", re.IGNORECASE)
_SVG = re.compile(rb"<svg[\s>:]|<[a-z0-9]+:svg[\s>]", re.IGNORECASE)
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|style|title|meta|a|p|div|table)[\s>/]", re.IGNORECASE
)
# What no text holds; escape (0x1b) stands in the logs of terminals.
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")

# Ends of names that some system runs, whatever the content looks like.
_RUN_BY_NAME = frozenset(
    {
        *("app", "apk", "appx", "bat", "chm", "cmd", "com", "command", "cpl", "dll", "dmg", "exe", "gadget"),
        *("hta", "inf", "iso", "jar", "js", "jse", "lnk", "msc", "msi", "msix", "msp", "pif", "pkg", "ps1"),
        *("psm1", "py", "pyw", "rb", "reg", "scr", "scf", "sh", "url", "vb", "vbe", "vbs", "ws", "wsc"),
        *("wsf", "wsh"),
    }
)
_FAMILIES = {
    "image": "picture", "audio": "sound", "video": "film", "text": "text",
}  # fmt: skip
_BY_TYPE = {
    PROGRAM: "program",
    "application/pdf": "document",
    "application/rtf": "document",
    "application/x-ole-storage": "document",
    "application/ogg": "sound",
    **dict.fromkeys(
        (
            *("application/zip", "application/gzip", "application/x-bzip2", "application/x-xz"),
            *("application/zstd", "application/x-7z-compressed", "application/vnd.rar", "application/x-tar"),
        ),
        "archive",
    ),
}
# Sent under their own type; everything else goes out as bytes. All but pictures are only ever saved.
_SENT_AS = PICTURES | {"application/pdf", TEXT, "application/zip"}


def sniffed(head: bytes) -> str:
    """Return the media type of a file that begins with `head` (64 KiB are enough); UNKNOWN where it is none.

    Active text is named for what it is (text/html, image/svg+xml, application/xml), so that nobody shows it.
    """
    for at, signature, found in _SIGNATURES:
        if head.startswith(signature, at):
            return found
    if head.startswith(b"MZ") and 0 in head[:64]:  # a text may begin with these two letters
        return PROGRAM
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp"
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _package(head)
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"
    return _text(head)


def _package(head: bytes) -> str:
    document = _OPEN_DOCUMENT.search(head[:256])
    if document:
        return document[1].decode("ascii")
    if b"[Content_Types].xml" in head:
        for folder, found in _PACKAGES:
            if re.search(rb"PK\x03\x04.{26}" + folder, head, re.DOTALL):
                return found
    return "application/zip"


def _text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _markup(head.decode("utf-16", "replace").encode("utf-8")) or TEXT
    if not head or _NOT_IN_TEXT.search(head):
        return UNKNOWN
    try:
        # Not final: a letter may be cut at the end of what was read.
        getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return _markup(head) or UNKNOWN
    return _markup(head) or TEXT


def _markup(text: bytes) -> str | None:
    if _SVG.search(text):
        return "image/svg+xml"
    if _HTML.search(text[:4096]):
        return "text/html"
    return "application/xml" if _MARKUP.match(text) else None


def family_of(name: str, media_type: str) -> str:
    """Return what people call such a file: picture, document, text, archive, sound, film, program, other."""
    if media_type == PROGRAM or name.rpartition(".")[2].lower() in _RUN_BY_NAME:
        return "program"
    if media_type in ("image/svg+xml", "text/html", "application/xml"):
        return "page"
    if media_type.startswith((_OFFICE, "application/vnd.oasis.")):
        return "document"
    return _BY_TYPE.get(media_type) or _FAMILIES.get(media_type.partition("/")[0], "other")


def sent_as(media_type: str) -> str:
    """Return the type under which a file leaves the desk: its own if it is harmless, else plain bytes."""
    return media_type if media_type in _SENT_AS else UNKNOWN


def is_shown_in_place(media_type: str) -> bool:
    """Say whether a browser may show the file in a page: raster pictures alone."""
    return media_type in PICTURES
