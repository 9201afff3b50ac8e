"""Statuses carry the desk's own names and order; what they mean stays (R117, R121)."""

from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.verification import verify
from servicedesk.tickets.catalogue import status_name, status_names

URL = "/admin/statuses"


def test_a_status_gets_another_name_in_each_language(editing, administrator, sign_in_as, make_ticket):
    make_ticket()
    editing.save(URL, new_name_en="Just in", new_name_he="הגיע עכשיו")

    assert (status_name("new", "en"), status_name("new", "he")) == ("Just in", "הגיע עכשיו")
    assert status_name("new", "ka") not in ("new", "Just in")
    assert "Just in" in sign_in_as("agent").get("/desk/tickets/SD-1").text
    event = stored_events(StreamRef("status", 1))[-1]
    assert (event.type, event.actor.id) == ("statuses_named", administrator.id)
    assert verify().differences == []


def test_it_is_said_how_many_requests_will_be_shown_under_it(editing, effect, make_ticket):
    make_ticket()

    assert "1 request will be shown as “\u2068Just in\u2069”." in effect(
        editing.look(URL, new_name_en="Just in")
    )
    assert status_name("new", "en") == "New"


def test_statuses_stand_in_the_order_of_their_places(editing, app):
    editing.save(URL, scheduled_place="1")

    assert list(status_names())[:3] == ["new", "scheduled", "in_progress"]


def test_each_tells_what_it_means_what_clocks_do_and_what_follows(editing, app):
    card = editing.page(URL).find("bdi", string="Waiting for customer").find_parent("section")

    facts = card.get_text(" ", strip=True)
    assert "Means: it waits for something." in facts
    assert "first response runs, next response pauses, update pauses, resolution pauses," in facts
    assert "pick-up by the team pauses and supplier's part stops." in facts
    assert "0 requests stand in it." in facts


def test_a_name_is_needed_in_the_language_of_the_desk(editing, app):
    page = editing.look(URL, 422, new_name_en="")

    assert page.select_one("[aria-invalid]")["name"] == "new_name_en"


def test_a_stale_form_overwrites_nothing(editing, app):
    typed = editing.typed(URL, {"new_name_en": "Mine"})
    editing.save(URL, new_name_en="Theirs")

    page = editing.send(URL, typed, 409)

    assert "Theirs" in page.select_one("#both").parent.get_text()
    assert status_name("new", "en") == "Theirs"
