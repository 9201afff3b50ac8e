"""Compressed answers: pages and JSON as gzip to whoever accepts it; style and scripts come packed.

Pages hold no secret that a stranger could guess by the length of an answer to a request they forged
(BREACH): the session cookie is SameSite=Lax, so forged requests come without anybody's session.
"""

import gzip

from flask import Response, request

SMALLEST_BYTES = 1000
_TYPES = frozenset(
    {
        "text/html",
        "text/plain",
        "text/csv",
        "application/json",
        "application/problem+json",
        "image/svg+xml",
    }
)


def compress(response: Response) -> Response:
    """Return `response` with a gzip body where that is allowed and worth it."""
    if response.mimetype not in _TYPES or response.status_code not in {
        200,
        201,
        400,
        403,
        404,
        409,
        422,
        500,
    }:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"] or "Content-Encoding" in response.headers or response.is_streamed:
        return response
    body = response.get_data()
    if len(body) < SMALLEST_BYTES:
        return response
    response.set_data(gzip.compress(body, compresslevel=5, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    etag, _is_weak = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same page in other bytes
    return response
