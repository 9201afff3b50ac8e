"""The articles of the demo desk, written by an agent and published by a lead."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from knowledge.core.languages import Change
from knowledge.publishing import publish_article
from knowledge.texts import ArticleText
from knowledge.writing import Place, begin_article, revise_article
from portal.demo.cast import Cast, read
from servicedesk.kernel import clock
from servicedesk.kernel.db import batch
from servicedesk.tickets.catalogue import categories

# The article whose English text was changed lately: its other language has to follow, a lead has to publish.
CHANGED = "printer-jam"
ADDED = "\n5. Still jammed? Switch it off, wait a minute, and write to us the code that it shows."
CHANGED_BEFORE = timedelta(days=2)


def fill_shelf(cast: Cast, now: datetime) -> int:
    """Write and publish the demo's articles; return how many there are."""
    writer, lead, entries = cast.actors["agent2"], cast.actors["lead"], read("articles.json")
    places = {row.key: row.id for row in categories().values()}
    with batch():
        ids = {
            entry["key"]: begin_article(
                writer, _texts(entry), Place(places[entry["category"]], entry["visibility"])
            )
            for entry in entries
        }
        for article_id in ids.values():
            publish_article(lead, article_id)
        changed = next(_texts(entry)["en"] for entry in entries if entry["key"] == CHANGED)
        revised = ArticleText(changed.title, changed.symptom, changed.body + ADDED)
        with clock.freeze(now - CHANGED_BEFORE):
            revise_article(writer, ids[CHANGED], {"en": revised}, change=Change.MEANING)
    return len(ids)


def _texts(entry: Mapping[str, Any]) -> dict[str, ArticleText]:
    return {language: ArticleText(**words) for language, words in entry["texts"].items()}
