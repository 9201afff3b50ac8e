"""Names of files as people gave them, made harmless to show and to send; no file here has one. Pure."""

import re
import unicodedata
from urllib.parse import quote

MOST_CHARACTERS = 150
LONGEST_ENDING = 12
NAMELESS = "file"

# Control characters and halves of characters; and what turns the direction of the text around it, with
# which "gpj.exe" can be made to read as "exe.jpg". Joiners stay: Persian and emoji are written with them.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')


def clean_name(given: str) -> str:
    """Return the name without folders, control and direction characters, at most 150 characters long.

    The ending survives when a long name is cut. What leaves nothing is called "file".
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", given[:4096]))[-1]
    name = _NOT_IN_NAMES.sub("_", _UNSEEN.sub("", name))
    name = " ".join(name.split()).strip(". ")
    if len(name) > MOST_CHARACTERS:
        stem, dot, ending = name.rpartition(".")
        kept = dot + ending if stem and len(ending) <= LONGEST_ENDING else ""
        name = name[: MOST_CHARACTERS - len(kept) - 1] + "…" + kept
    return name or NAMELESS


def disposition(name: str, *, in_place: bool) -> str:
    """Return the Content-Disposition (RFC 6266) of a clean name: plain letters for old programs, then all."""
    kind = "inline" if in_place else "attachment"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", plain).strip(" ")
    if not plain.rpartition(".")[0].strip(" ._") and not re.search(r"[A-Za-z0-9]", plain.partition(".")[0]):
        plain = NAMELESS + (f".{plain.rpartition('.')[2]}" if "." in plain else "")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
