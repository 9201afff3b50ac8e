"""Writing a letter out: plain text and HTML from the templates, in the recipient's language and direction."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from servicedesk.channels.core.mime import Written, one_line
from servicedesk.channels.letters import Letter
from servicedesk.kernel import i18n
from servicedesk.kernel.i18n import gettext
from servicedesk.kernel.this_desk import the_settings


def written(letter: Letter, key: str) -> Written:
    """Return the letter as it leaves; the page of the moment already speaks its language."""
    settings = the_settings()
    facts = {"letter": letter, "direction": i18n.direction(letter.language), "desk": settings.name}
    return Written(
        to=letter.to,
        sender=settings.mail_from,
        sender_name=settings.name,
        subject=one_line(letter.subject),
        text=_templates().get_template("letter.txt").render(facts),
        html=_templates().get_template("letter.html").render(facts),
        language=letter.language,
        key=key,
    )


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("servicedesk.channels", "templates/mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.globals["_"] = gettext
    return found
