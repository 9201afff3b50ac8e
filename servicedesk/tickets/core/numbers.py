"""Ticket numbers as people write them. Pure."""


def number_text(number: int, prefix: str) -> str:
    """Return the number as shown, for example SD-12."""
    return f"{prefix}-{number}"


def number_from(text: str, prefix: str) -> int | None:
    """Read "SD-12", "sd-12", "#12" or "12"; None where it is no ticket number."""
    bare = text.strip().casefold().removeprefix("#").removeprefix(f"{prefix.casefold()}-")
    if bare.isascii() and bare.isdigit() and len(bare) <= 12:
        return int(bare)
    return None
