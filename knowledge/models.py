"""Tables of knowledge. Columns only.

Every row is derived from the log of the article (or, for uses on a filed request, of the ticket). What a
revision says is the erasable text of its event, read by a join, as with messages.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, Id

TITLE_LENGTH, FOLDED_LENGTH = 160, 320


class Article(Base):
    """An article: what it is about, who answers for it (`owner_id`), who may read it, and its state.

    state: draft (never published), published, retired. visibility: customers (everybody who may read
    articles) or agents. `published_at` is the latest publication.
    """

    __tablename__ = "article"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'published', 'retired')", name="state"),
        CheckConstraint("visibility in ('customers', 'agents')", name="visibility"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    visibility: Mapped[str] = mapped_column(String(10))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)


class ArticleLanguage(Base):
    """One language of an article: its newest revision and the one that readers see (None: not yet).

    `title` is the newest revision's; `sense` is too (see `core/languages.py`).
    """

    __tablename__ = "article_language"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    newest: Mapped[int]
    sense: Mapped[int]
    published: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    title_folded: Mapped[str] = mapped_column(String(FOLDED_LENGTH))


class ArticleRevision(Base):
    """An immutable revision; numbers count up in each language. Its text is that of event `seq`."""

    __tablename__ = "article_revision"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    sense: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]


class ArticleUse(Base):
    """An article was put before somebody, and what came of it; one row per event and article.

    outcome: shown (a request was filed all the same), solved, rejected. door: box (before sending), page
    (the article's own), ticket (a filed request). by: customer or agent. `suggestion` ties together what one
    text brought up.
    """

    __tablename__ = "article_use"
    __table_args__ = (
        CheckConstraint("outcome in ('shown', 'solved', 'rejected')", name="outcome"),
        Index("ix_article_use_at", "at", "outcome"),
        Index("ix_article_use_person", "person_id", "at"),
        Index("ix_article_use_article", "article_id", "outcome"),
    )

    stream_kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    stream_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12))
    number: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(10))
    door: Mapped[str] = mapped_column(String(10))
    by: Mapped[str] = mapped_column(String(10))
    suggestion: Mapped[str | None] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
