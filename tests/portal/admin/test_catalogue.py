"""The catalogue: what customers will see, and what names a thing, is said before (R117, R121)."""

import pytest

from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.settings import LANGUAGES
from servicedesk.kernel.verification import verify
from servicedesk.tickets.assignment import override_priority
from servicedesk.tickets.catalogue import categories, every_category, every_item, item_by_key, items
from servicedesk.tickets.models import CatalogueItem
from sla.agreements import publish_agreement

NEW = "/admin/catalogue/items/new"


@pytest.fixture
def broken():
    """The item of the starting catalogue whose form has a choice and a line of text."""
    return item_by_key("hardware_problem")


@pytest.fixture
def item_url(app, broken):
    return f"/admin/catalogue/items/{broken.id}"


@pytest.fixture
def category(app):
    return next(row for row in categories().values() if row.key == "information")


def category_url(row, deed=""):
    return f"/admin/catalogue/categories/{row.id}{deed}"


PHONE = {
    "name_en": "A new phone",
    "name_he": "טלפון חדש",
    "q1_label_en": "Which one?",
    "q1_kind": "choice",
    "q1_required": "yes",
    "q1_choices": "desk = On the desk | שולחני\nMobile",
    "q2_label_en": "By when?",
    "q2_kind": "date",
}


def test_a_new_item_is_shown_as_customers_will_see_it_and_then_made(editing, category, sign_in_as):
    typed = PHONE | {"category_id": str(category.id)}

    picture = editing.look(NEW, **typed).select_one("#picture").parent
    assert [one.get_text() for one in picture.select("legend, label")][1:3] == [
        "What do you need? * required",
        "Which one? * required",
    ]

    editing.save(NEW, **typed)
    made = item_by_key("a_new_phone")
    assert [(each.key, each.kind, each.is_required) for each in made.questions] == [
        ("which_one", "choice", True),
        ("by_when", "date", False),
    ]
    assert dict(made.questions[0].choices) == {
        "desk": {"en": "On the desk", "he": "שולחני"},
        "mobile": {"en": "Mobile"},
    }
    assert "Which one?" in sign_in_as("customer").get("/requests/new?item=a_new_phone").text


def test_a_missing_language_is_said(editing, effect, category):
    typed = PHONE | {"category_id": str(category.id), "name_he": ""}

    assert "It has no text yet in: \u2068עברית\u2069" in effect(editing.look(NEW, **typed))


def test_open_requests_that_were_filed_with_it_are_counted(editing, effect, broken, item_url, make_ticket):
    ticket_id = make_ticket(item_id=broken.id, answers={"device": "printer"}).id

    shown = effect(editing.look(item_url, name_en="Broken things"))

    assert f"1 open request was filed with it, and keeps its answers. SD-{ticket_id}" in shown
    assert item_by_key("hardware_problem").text_in("en").name == "Something is broken"


def test_what_is_asked_no_more_keeps_the_answers_of_before(
    editing, broken, item_url, make_ticket, sign_in_as
):
    ticket_id = make_ticket(item_id=broken.id, answers={"device": "phone", "place": "Hall"}).id

    emptied = {f"q2_label_{language}": "" for language in LANGUAGES}
    editing.save(item_url, q1_choices="computer = Computer\nprinter = Printer", **emptied)

    now = item_by_key("hardware_problem")
    assert [question.key for question in now.questions] == ["device"]
    assert [key for key, _labels in now.questions[0].choices] == ["computer", "printer"]
    page = sign_in_as("agent").get(f"/desk/tickets/SD-{ticket_id}").text
    assert "Where is it?" in page
    assert "Hall" in page
    assert ">Phone<" in page


def test_texts_in_languages_that_the_desk_does_not_offer_stay(editing, item_url):
    editing.save(item_url, name_en="Broken things", q1_label_en="What?")

    now = item_by_key("hardware_problem")
    assert now.texts["kk"].name
    assert now.questions[0].labels["ka"]


def test_each_version_of_a_form_is_an_event_with_the_whole_of_it(editing, administrator, broken, item_url):
    editing.save(item_url, q1_label_en="What?")
    editing.save(item_url, q1_label_en="What exactly?")

    first, second = stored_events(StreamRef("catalogue_item", broken.id))
    assert first.body["form"][0]["labels"]["en"] == "What?"
    assert second.body["form"][0]["labels"]["en"] == "What exactly?"
    assert second.actor.id == administrator.id


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"q1_choices": "only = One"}, "q1_choices"),
        ({"q1_choices": "a = One\na = Two"}, "q1_choices"),
        ({"q1_kind": "picture"}, "q1_kind"),
        ({"name_en": ""}, "name_en"),
        ({"category_id": "9999"}, "category_id"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_where_it_is_wrong(editing, item_url, typed, field):
    page = editing.look(item_url, 422, **typed)

    assert page.select_one("[aria-invalid]")["name"] == field


def test_a_stale_form_overwrites_nothing(editing, item_url):
    typed = editing.typed(item_url, {"name_en": "Mine"})
    editing.save(item_url, name_en="Theirs")

    page = editing.send(item_url, typed, 409)

    assert "Theirs" in page.select_one("#both").parent.get_text()
    assert item_by_key("hardware_problem").text_in("en").name == "Theirs"


def test_a_retired_item_is_offered_no_more_and_comes_back(editing, broken, item_url, sign_in_as):
    editing.save(f"{item_url}/retire")
    assert broken.id not in items()
    assert sign_in_as("customer").get("/requests/new?item=hardware_problem").status_code == 404
    assert not every_item()[broken.id].is_active

    editing.save(f"{item_url}/retire")
    assert broken.id in items()


def test_what_stands_below_a_category_goes_first(editing, app):
    access = next(row for row in categories().values() if row.key == "access")

    answer = editing.client.get(category_url(access, "/retire"))

    assert answer.status_code == 409
    assert "Move or retire what stands below it first" in answer.text


def test_requests_of_a_retired_category_keep_it_and_are_promised_the_same(
    editing, effect, administrator, make_ticket, sign_in_as
):
    category = next(row for row in categories().values() if row.key == "other")
    ticket_id = make_ticket(category_id=category.id).id
    for item in [item for item in items().values() if item.category_id == category.id]:
        editing.save(f"/admin/catalogue/items/{item.id}/retire")
    assert "1 open request stands under it" in effect(editing.page(category_url(category, "/retire")))

    editing.save(category_url(category, "/retire"))
    override_priority(administrator, ticket_id, priority=1, why="Now")

    assert "Something else" in sign_in_as("agent").get(f"/desk/tickets/SD-{ticket_id}").text
    assert verify().differences == []


def test_agreements_that_name_a_category_are_said(editing, effect, administrator, category):
    publish_for(administrator, {"field": "category", "is": category.key})

    shown = effect(editing.look(category_url(category), name_en="Info"))

    assert "Agreements that name it: \u2068Special › Named\u2069." in shown


def test_the_tree_has_two_levels(editing, category):
    below = next(row for row in categories().values() if row.parent_id is not None)

    editing.look(category_url(category), 422, parent_id=str(below.id))
    editing.look(category_url(every_category()[below.parent_id]), 422, parent_id=str(category.id))


def publish_for(actor, when):
    rule = {"name": "Named", "when": when, "calendar": "always", "targets": {"resolution": 3600}}
    publish_agreement(
        actor,
        "special",
        name="Special",
        document={"rules": [rule], "retarget": "from_start", "reopen": "continue", "reopen_within_days": 14},
    )


def test_a_catalogue_that_was_changed_beside_the_log_is_found(editing, broken, item_url):
    editing.save(item_url, name_en="Broken things")
    assert verify().differences == []

    with transaction():
        session().get_one(CatalogueItem, broken.id).name = "Something else"

    assert [(each.table, each.column) for each in verify().differences] == [("catalogue_item", "name")]
