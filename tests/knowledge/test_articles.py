"""Articles: drafts of agents, publications of leads, revisions that never change, languages (R18)."""

import pytest

from knowledge.core.languages import Change, Standing
from knowledge.publishing import publish_article, retire_article
from knowledge.queries import ListWanted, article_page, article_row, history, reading, revision_texts
from knowledge.texts import ArticleText
from knowledge.writing import Place, begin_article, file_article, revise_article
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from servicedesk.kernel.verification import verify
from tests.knowledge.articles import VPN, VPN_HE, category_id

CHANGED = ArticleText(VPN.title, VPN.symptom, "Ask the desk for a new key.")


def standings(row, languages=("en", "he")):
    return {each.language: each.standing for each in row.languages if each.language in languages}


def test_an_agent_writes_and_a_lead_lets_readers_see_it(write, customer, lead):
    article_id = write(publish=False)

    with pytest.raises(NotFound):
        reading(customer, article_id, language="en")
    publish_article(lead, article_id)

    assert reading(customer, article_id, language="en").text == VPN


@pytest.mark.parametrize("act", [publish_article, retire_article])
def test_an_agent_neither_publishes_nor_retires(write, agent, act):
    article_id = write()

    with pytest.raises(NotAllowed):
        act(agent, article_id)


def test_a_customer_writes_nothing(write, customer):
    article_id = write()

    with pytest.raises(NotAllowed):
        begin_article(customer, {"en": VPN})
    with pytest.raises(NotAllowed):
        revise_article(customer, article_id, {"en": CHANGED}, change=Change.WORDS)


def test_readers_see_the_old_words_until_the_new_ones_are_published(write, agent, customer, lead):
    article_id = write()

    revise_article(agent, article_id, {"en": CHANGED}, change=Change.MEANING)
    before = reading(customer, article_id, language="en")
    publish_article(lead, article_id)
    after = reading(customer, article_id, language="en")

    assert (before.number, before.text, after.number, after.text) == (1, VPN, 2, CHANGED)


def test_a_revision_keeps_its_words_for_good(write, agent):
    article_id = write()

    revise_article(agent, article_id, {"en": CHANGED}, change=Change.WORDS)

    assert [row.number for row in history(agent, article_id, "en")] == [2, 1]
    assert revision_texts(agent, article_id, "en", [1, 2]) == {1: VPN, 2: CHANGED}


def test_saving_the_same_words_makes_no_revision(write, agent):
    article_id = write()

    assert revise_article(agent, article_id, {"en": VPN}, change=Change.MEANING) == ()
    assert len(history(agent, article_id, "en")) == 1


def test_a_language_that_did_not_follow_is_out_of_date(write, agent):
    article_id = write({"en": VPN, "he": VPN_HE})

    revise_article(agent, article_id, {"en": CHANGED}, change=Change.MEANING)
    behind = standings(article_row(agent, article_id))
    revise_article(agent, article_id, {"he": CHANGED}, change=Change.SAME)

    assert behind == {"en": Standing.CURRENT, "he": Standing.OUTDATED}
    assert set(standings(article_row(agent, article_id)).values()) == {Standing.CURRENT}


def test_correcting_words_asks_nothing_of_the_other_languages(write, agent):
    article_id = write({"en": VPN, "he": VPN_HE})

    revise_article(agent, article_id, {"en": CHANGED}, change=Change.WORDS)

    assert set(standings(article_row(agent, article_id)).values()) == {Standing.CURRENT}


def test_a_language_that_nobody_wrote_is_missing(write, agent):
    assert standings(article_row(agent, write())) == {"en": Standing.CURRENT, "he": Standing.MISSING}


def test_a_stale_save_overwrites_nothing(write, agent):
    article_id = write()
    version = article_row(agent, article_id).row_version
    revise_article(agent, article_id, {"en": CHANGED}, change=Change.WORDS, expected_version=version)

    with pytest.raises(Conflict):
        revise_article(agent, article_id, {"en": VPN}, change=Change.WORDS, expected_version=version)


def test_a_retired_article_is_gone_for_readers_and_can_come_back(write, customer, lead):
    article_id = write()

    retire_article(lead, article_id)
    with pytest.raises(NotFound):
        reading(customer, article_id, language="en")
    publish_article(lead, article_id)

    assert reading(customer, article_id, language="en").text == VPN


def test_publishing_what_readers_see_already_is_refused(write, lead):
    with pytest.raises(Refused):
        publish_article(lead, write())


def test_only_who_may_publish_shows_an_internal_article_to_customers(write, agent, lead, customer):
    article_id = write(visibility="agents")

    with pytest.raises(NotAllowed):
        file_article(agent, article_id, Place(visibility="customers"))
    file_article(lead, article_id, Place(visibility="customers"))

    assert reading(customer, article_id, language="en").text == VPN


@pytest.mark.parametrize(
    "text",
    [
        ArticleText("", "seen", "do"),
        ArticleText("Title", "seen", " "),
        ArticleText("x" * 161, "", "do"),
        ArticleText("Title", "x" * 401, "do"),
        ArticleText("Title", "", "x" * 20_001),
    ],
)
def test_words_that_cannot_be_kept_are_refused(agent, text):
    with pytest.raises(Invalid):
        begin_article(agent, {"en": text})


def test_a_repeated_form_begins_one_article(agent):
    first = begin_article(agent, {"en": VPN}, key="0123456789abcdef")

    assert begin_article(agent, {"en": VPN}, key="0123456789abcdef") == first


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ListWanted(state="draft"), {"draft"}),
        (ListWanted(state="published"), {"both", "english"}),
        (ListWanted(language="he", standing="missing"), {"english", "draft"}),
        (ListWanted(language="en", standing="outdated"), set()),
        (ListWanted(language="he", standing="outdated"), {"both"}),
        (ListWanted(language="en", standing="unpublished"), {"both", "draft"}),
        (ListWanted(text="DRAFT title"), {"draft"}),
    ],
)
def test_the_list_is_narrowed_by_state_language_and_words(write, agent, wanted, found):
    names = {write({"en": VPN, "he": VPN_HE}): "both", write(): "english"}
    names[write({"en": ArticleText("Draft title", "", "do")}, publish=False)] = "draft"
    revise_article(agent, min(names), {"en": CHANGED}, change=Change.MEANING)

    assert {names[row.id] for row in article_page(agent, wanted).rows} == found


def test_rows_of_articles_can_be_rebuilt_from_their_logs(write, agent, lead):
    article_id = write({"en": VPN, "he": VPN_HE}, category="network.vpn")
    revise_article(agent, article_id, {"en": CHANGED, "he": CHANGED}, change=Change.MEANING)
    publish_article(lead, article_id)
    file_article(lead, article_id, Place(category_id=category_id("hardware"), visibility="agents"))
    retire_article(lead, article_id)

    found = verify()

    assert found.differences == []
    assert found.counts["article_revision"] == 4
