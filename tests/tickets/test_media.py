"""What a file is, by its content alone (R39; security.md class 2)."""

import io
import zipfile

import pytest

from servicedesk.tickets.core.media import PROGRAM, UNKNOWN, family_of, is_shown_in_place, sent_as, sniffed
from tests.support import pictures


def package(*names: str, first: tuple[str, str] | None = None) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        if first:
            folder.writestr(zipfile.ZipInfo(first[0]), first[1])
        for name in names:
            folder.writestr(name, "content " * 50)
    return made.getvalue()


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITER = "application/vnd.oasis.opendocument.text"
CASES = {
    "png": (pictures.png(), "image/png"),
    "jpeg": (pictures.jpeg(), "image/jpeg"),
    "gif": (pictures.gif(), "image/gif"),
    "webp": (pictures.webp(), "image/webp"),
    "bitmap": (b"BM" + bytes(12), "image/bmp"),
    "a car, no bitmap": (b"BMW in the car park", "text/plain"),
    "iphone": (b"\x00\x00\x00\x18ftypheic" + bytes(8), "image/heic"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
    "word": (package("[Content_Types].xml", "_rels/.rels", "word/document.xml"), WORD),
    "excel": (package("[Content_Types].xml", "xl/workbook.xml"), SHEET),
    "writer": (package("content.xml", first=("mimetype", WRITER)), WRITER),
    "zip": (package("a.txt"), "application/zip"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), "application/x-ole-storage"),
    "gzip": (b"\x1f\x8b\x08\x00", "application/gzip"),
    "mp4": (b"\x00\x00\x00\x18ftypisom" + bytes(8), "video/mp4"),
    "mp3": (b"\xff\xfb\x90\x00" + bytes(8), "audio/mpeg"),
    "wav": (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
    "windows program": (pictures.PROGRAM, PROGRAM),
    "letters MZ": (b"MZ is where I live", "text/plain"),
    "linux program": (b"\x7fELF\x02\x01\x01", PROGRAM),
    "script": (b"#!/bin/sh\nrm -rf ~\n", PROGRAM),
    "shortcut": (b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(8), PROGRAM),
    "svg": (pictures.SCRIPTED_SVG, "image/svg+xml"),
    "svg after spaces": (b"  \n<svg onload=alert(1)>", "image/svg+xml"),
    "html": (b"<!DOCTYPE html><p>", "text/html"),
    "html in utf-16": ("<html><script>".encode("utf-16"), "text/html"),
    "html late": (b"hello <script>alert(1)</script>", "text/html"),
    "xml": (b'<?xml version="1.0"?><feed/>', "application/xml"),
    "text": ("שלום, the log:\n\x1b[31mred\x1b[0m".encode(), "text/plain"),
    "text cut in a letter": ("ש".encode() * 32768 + "ש".encode()[:1], "text/plain"),
    "old hebrew": ("שלום".encode("windows-1255"), UNKNOWN),
    "noise": (bytes(range(256)), UNKNOWN),
    "nothing": (b"", UNKNOWN),
}


@pytest.mark.parametrize("case", CASES)
def test_the_type_is_read_off_the_content(case):
    head, expected = CASES[case]

    assert sniffed(head) == expected


@pytest.mark.parametrize("case", CASES)
def test_only_raster_pictures_are_shown_in_place(case):
    media_type = sniffed(CASES[case][0])

    assert is_shown_in_place(media_type) == (case in {"png", "jpeg", "gif", "webp"})


@pytest.mark.parametrize(
    "media_type", [PROGRAM, "image/svg+xml", "text/html", "application/xml", "image/heic"]
)
def test_what_could_act_leaves_as_bytes(media_type):
    assert sent_as(media_type) == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "media_type", "family"),
    [
        ("cat.png", "image/png", "picture"),
        ("cat.png", PROGRAM, "program"),
        ("invoice.pdf.EXE", UNKNOWN, "program"),
        ("clean.ps1", "text/plain", "program"),
        ("notes.txt", "text/plain", "text"),
        ("plan.docx", WORD, "document"),
        ("drawing.svg", "image/svg+xml", "page"),
        ("thing", UNKNOWN, "other"),
    ],
)
def test_people_are_told_what_a_file_is_to_them(name, media_type, family):
    assert family_of(name, media_type) == family
