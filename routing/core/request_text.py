"""The text of a request as routing reads it."""


def request_text(subject: str, text: str) -> str:
    """Return subject and text; the text alone where the subject is only its beginning.

    A form with one box and imports without a subject cut the subject from the text; said twice, its
    words would count twice.
    """
    beginning = " ".join(subject.split()).removesuffix("…").strip()
    flat = " ".join(text.split())
    return text if flat.startswith(beginning) else f"{subject}\n{text}"
