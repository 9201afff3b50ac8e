"""The API of hand-overs (R25, R40)."""

import pytest

from servicedesk.tickets.assignment import take

CARD = {"done": "Changed the cable.", "left": "The switch."}


@pytest.fixture
def aya(make_person):
    return make_person("agent", name="Aya")


@pytest.fixture
def team(make_group):
    return make_group(name="Field")


@pytest.fixture
def ben(make_person, team):
    return make_person("agent", name="Ben", group=team)


@pytest.fixture
def url(make_ticket, aya):
    ticket_id = make_ticket().id
    take(aya, ticket_id)
    return f"/api/v1/tickets/SD-{ticket_id}/handovers"


def states(client, url):
    return [row["state"] for row in client.get(url).json["handovers"]]


def test_offer_send_back_offer_and_accept(sign_in_as, aya, ben, team, url):
    mine, theirs = sign_in_as(aya), sign_in_as(ben)
    offer = CARD | {"group": team.key, "person_email": ben.email}

    answers = [
        mine.post(url, json=offer),
        theirs.post(f"{url}/send-back", json={"why": "Not yet."}),
        mine.post(url, json=offer),
        mine.post(f"{url}/take-back", json={}),
        mine.post(url, json=offer),
        theirs.post(f"{url}/accept", json={}),
    ]

    assert [answer.status_code for answer in answers] == [204] * 6
    assert states(mine, url) == ["sent_back", "taken_back", "accepted"]
    assert theirs.get(url.removesuffix("/handovers")).json["assignee"] == "Ben"


@pytest.mark.parametrize("wrong", [{"group": "nowhere"}, {"person_email": "no@body.test"}, {"done": ""}])
def test_what_cannot_be_offered_is_named_by_its_field(sign_in_as, aya, team, url, wrong):
    answer = sign_in_as(aya).post(url, json=CARD | {"group": team.key} | wrong)

    assert (answer.status_code, list(answer.json["errors"])) == (422, [next(iter(wrong))])


def test_customers_find_no_hand_overs(sign_in_as, url):
    assert sign_in_as("customer").get(url).status_code in (403, 404)
    assert sign_in_as("customer").post(url, json=CARD | {"group": "x"}).status_code in (403, 404)
