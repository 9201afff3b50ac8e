"""What can happen to an article, and what articles do to a request, as events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from servicedesk.kernel.events import DomainEvent
from servicedesk.tickets.events import TicketEvent

ARTICLE = "article"


@dataclass(frozen=True, kw_only=True)
class ArticleEvent(DomainEvent):
    """An event of an article's stream; `stream_id` is the article's id."""

    stream_kind: ClassVar[str] = ARTICLE


@dataclass(frozen=True, kw_only=True)
class ArticleBegun(ArticleEvent):
    """Somebody began an article; its words are a revision of the same save."""

    type: ClassVar[str] = "article_begun"

    category_id: int | None
    visibility: str
    owner_id: int


@dataclass(frozen=True, kw_only=True)
class ArticleRevised(ArticleEvent):
    """A language got a new revision. The words can be erased, as those of a message can."""

    type: ClassVar[str] = "article_revised"
    personal: ClassVar[frozenset[str]] = frozenset({"title", "symptom", "body"})

    language: str
    number: int
    sense: int
    title: str = ""
    symptom: str = ""
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class ArticleFiled(ArticleEvent):
    """The article belongs elsewhere, is for others to read, or somebody else answers for it."""

    type: ClassVar[str] = "article_filed"

    category_id: int | None
    visibility: str
    owner_id: int


@dataclass(frozen=True, kw_only=True)
class ArticlePublished(ArticleEvent):
    """From now on readers see these revisions: `numbers` maps language to revision."""

    type: ClassVar[str] = "article_published"

    numbers: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class ArticleRetired(ArticleEvent):
    """Readers no longer see the article."""

    type: ClassVar[str] = "article_retired"


@dataclass(frozen=True, kw_only=True)
class SaidOfArticle(ArticleEvent):
    """Somebody says whether an article helped, before anything was filed."""

    language: str
    number: int
    door: str
    by: str
    suggestion: str | None


@dataclass(frozen=True, kw_only=True)
class ArticleSolved(SaidOfArticle):
    """It did."""

    type: ClassVar[str] = "suggestion_solved"


@dataclass(frozen=True, kw_only=True)
class ArticleRejected(SaidOfArticle):
    """It did not."""

    type: ClassVar[str] = "suggestion_rejected"


@dataclass(frozen=True, kw_only=True)
class SuggestionShown(TicketEvent):
    """These articles stood beside the text when it was sent; `articles` are (id, language, revision)."""

    type: ClassVar[str] = "suggestion_shown"

    articles: tuple[tuple[int, str, int], ...]
    by: str
    suggestion: str | None


@dataclass(frozen=True, kw_only=True)
class SaidOnRequest(TicketEvent):
    """The customer says whether an article helps with a request that was filed."""

    article_id: int
    language: str
    number: int
    by: str


@dataclass(frozen=True, kw_only=True)
class SuggestionSolved(SaidOnRequest):
    """It solved the request, which is withdrawn in the same save."""

    type: ClassVar[str] = "suggestion_solved"


@dataclass(frozen=True, kw_only=True)
class SuggestionRejected(SaidOnRequest):
    """It does not help."""

    type: ClassVar[str] = "suggestion_rejected"
