"""Pictures lose what they tell of their maker, and nothing else; bombs are known by their headers."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.tickets.core.pictures import NoPicture, is_too_large, kept_parts, size_of
from tests.support import pictures
from tests.support.pictures import PLACE


def cleaned(data: bytes, media_type: str) -> bytes:
    return b"".join(
        part if isinstance(part, bytes) else data[part[0] : part[1]] for part in kept_parts(data, media_type)
    )


@pytest.mark.parametrize(
    ("data", "media_type", "size"),
    [
        (pictures.png(40, 30), "image/png", (40, 30)),
        (pictures.jpeg(640, 480), "image/jpeg", (640, 480)),
        (pictures.webp(1600, 900), "image/webp", (1600, 900)),
        (pictures.gif(3, 5), "image/gif", (3, 5)),
        (pictures.png(60_000, 60_000), "image/png", (60_000, 60_000)),
    ],
)
def test_the_size_is_read_off_the_header(data, media_type, size):
    assert size_of(data, media_type) == size


@pytest.mark.parametrize(
    ("width", "height", "too_large"),
    [
        (4_000, 3_000, False),
        (12_000, 9_000, False),
        (60_000, 60_000, True),
        (30_001, 1, True),
        (11_000, 11_000, True),
    ],
)
def test_what_would_take_a_gigabyte_to_decode_is_too_large(width, height, too_large):
    assert is_too_large(width, height) is too_large


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (pictures.jpeg(after=b"film " + PLACE), "image/jpeg"),
        (pictures.png_with_a_place(), "image/png"),
        (pictures.webp(), "image/webp"),
    ],
)
def test_the_place_is_gone_and_the_picture_still_is_one(data, media_type):
    after = cleaned(data, media_type)

    assert PLACE in data
    assert PLACE not in after
    assert size_of(after, media_type) == size_of(data, media_type)
    assert cleaned(after, media_type) == after


def test_colours_and_pixels_of_a_photograph_are_kept():
    after = cleaned(pictures.jpeg(), "image/jpeg")

    assert b"ICC_PROFILE" in after
    assert b"\x12\xff\x00\x34\xff\xd0\x56\xff\xd9" in after


@pytest.mark.parametrize(("orientation", "kept"), [(1, 0), (6, 1), (8, 1), (99, 0)])
def test_a_photograph_taken_upright_stays_upright(orientation, kept):
    after = cleaned(pictures.jpeg(orientation=orientation), "image/jpeg")
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)

    assert after.count(b"Exif") == after.count(entry) == kept


def test_a_webp_says_no_more_that_there_is_metadata():
    after = cleaned(pictures.webp(), "image/webp")

    assert after[20] == 0
    assert struct.unpack("<I", after[4:8])[0] == len(after) - 8


def test_a_picture_without_metadata_stays_as_it_is():
    assert kept_parts(pictures.png(), "image/png") == [(0, len(pictures.png()))]
    assert kept_parts(pictures.gif(), "image/gif") == [(0, len(pictures.gif()))]


def test_a_photograph_that_breaks_off_keeps_what_there_is():
    broken = pictures.jpeg()[:-5]

    assert cleaned(broken, "image/jpeg").endswith(broken[-6:])


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/webp", "image/gif"])
@given(body=st.binary(max_size=300))
def test_noise_is_no_picture_and_no_accident(media_type, body):
    start = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8", "image/webp": b"RIFF\0\0\0\0WEBP"}
    data = start.get(media_type, b"GIF89a") + body
    for ask in (size_of, kept_parts):
        try:
            ask(data, media_type)
        except NoPicture:
            continue
