"""The cookie that lets a request's page thank whoever has just filed it."""

from flask import Response, current_app, request

NAME = "desk-filed"
LASTS_SECONDS = 300


def thank_for(answer: Response, ticket_id: int) -> Response:
    """Let the page of the request, which `answer` leads to, say thank you once.

    A cookie of its own: put into the signed one, it would have that one packed and signed anew at each filing
    and again at the page. Whoever forges it is thanked for a request that they may see anyway.
    """
    answer.set_cookie(
        NAME,
        str(ticket_id),
        max_age=LASTS_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer


def is_to_be_thanked(ticket_id: int) -> bool:
    """Say whether this browser has just filed the request."""
    return request.cookies.get(NAME) == str(ticket_id)


def thanked(answer: Response) -> Response:
    """Let nobody be thanked again."""
    answer.delete_cookie(
        NAME, httponly=True, samesite="Lax", secure=bool(current_app.config["SESSION_COOKIE_SECURE"])
    )
    return answer
