"""Shapes of articles as they cross the API's door."""

from marshmallow import fields
from marshmallow.validate import Length, Range

from servicedesk.kernel.forms import FormSchema

MOST_TYPED = 400


class ArticleListQuery(FormSchema):
    """Which articles to list: those that match `q`, best first, or all, newest publication first."""

    q = fields.String(validate=Length(max=MOST_TYPED), metadata={"description": "Words to search for."})
    category = fields.String(metadata={"description": "Key of a category."})
    language = fields.String(
        validate=Length(max=12),
        metadata={"description": "The language to show an article in where it has it; else the caller's."},
    )
    limit = fields.Integer(load_default=20, validate=Range(1, 50))


class ArticleQuery(FormSchema):
    """In which language to read an article."""

    language = fields.String(
        validate=Length(max=12),
        metadata={"description": "The language wanted; where the article lacks it, the caller's or English."},
    )


class ArticleSummarySchema(FormSchema):
    """An article as a list shows it; `score` is null where nothing was searched for."""

    id = fields.Integer()
    title = fields.String()
    symptom = fields.String()
    language = fields.String()
    languages = fields.List(fields.String())
    category = fields.String(allow_none=True)
    revision = fields.Integer()
    published_at = fields.DateTime(format="iso", allow_none=True)
    score = fields.Float(allow_none=True)


class ArticleListSchema(FormSchema):
    """The articles found, at most 50."""

    articles = fields.List(fields.Nested(ArticleSummarySchema))


class ArticleSchema(ArticleSummarySchema):
    """One article; `body` is Markdown, `html` the same as safe HTML."""

    class Meta:
        exclude = ("score",)

    state = fields.String()
    visibility = fields.String()
    body = fields.String()
    html = fields.String()
