"""What agents fill in to write an article: two languages side by side, and where it belongs."""

from marshmallow import fields

from knowledge.access import VISIBILITIES
from knowledge.core.languages import Change
from knowledge.texts import ArticleText
from knowledge.writing import BODY_LIMIT, SYMPTOM_LIMIT, TITLE_LIMIT
from servicedesk.kernel.forms import Form, FormSchema, Limit, OneOf, Text
from servicedesk.kernel.i18n import lazy_gettext as _l

SIDES = (1, 2)
HELP = _l("Markdown: **bold**, 1. and - for lists, [words](https://address).")


def _title() -> Text:
    return Text(load_default="", validate=Limit(TITLE_LIMIT), metadata={"label": _l("Title")})


def _symptom() -> Text:
    about = {"label": _l("What people notice"), "help": _l("In their words: it is searched for.")}
    return Text(load_default="", validate=Limit(SYMPTOM_LIMIT), metadata=about)


def _body() -> Text:
    about = {"label": _l("What to do"), "type": "textarea", "help": HELP}
    return Text(load_default="", validate=Limit(BODY_LIMIT), metadata=about)


class ArticleForm(FormSchema):
    """An article's form. `do` is the button: save, show (other languages), preview or publish."""

    title_1, symptom_1, body_1 = _title(), _symptom(), _body()
    title_2, symptom_2, body_2 = _title(), _symptom(), _body()
    language_1 = Text(required=True)
    language_2 = Text(required=True)
    show_1 = Text(load_default="")
    show_2 = Text(load_default="")
    category = Text(load_default="", metadata={"label": _l("Category"), "type": "select"})
    visibility = Text(
        load_default="customers",
        validate=OneOf(*VISIBILITIES),
        metadata={
            "label": _l("Who reads it"),
            "type": "select",
            "options": (("customers", _l("customers and agents")), ("agents", _l("agents only"))),
        },
    )
    change = Text(
        load_default=Change.MEANING.value,
        validate=OneOf(*(change.value for change in Change)),
        metadata={
            "label": _l("What does this edit do?"),
            "type": "radio",
            "options": (
                (Change.MEANING.value, _l("It says something new: the other languages have to follow")),
                (Change.SAME.value, _l("It brings this language up to what the newest one says")),
                (Change.WORDS.value, _l("It only corrects words")),
            ),
        },
    )
    do = fields.String(load_default="save", validate=OneOf("save", "show", "preview", "publish"))


def texts_in(form: Form) -> dict[str, ArticleText]:
    """Return what the valid form says, by language."""
    data = form.data
    return {
        data[f"language_{side}"]: ArticleText(
            data[f"title_{side}"], data[f"symptom_{side}"], data[f"body_{side}"]
        )
        for side in SIDES
    }
