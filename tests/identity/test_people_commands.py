"""People on the command line: links instead of passwords on the screen."""

import re

import pytest
from click.testing import CliRunner

from servicedesk.identity.cli import people_group
from servicedesk.identity.queries import person_by_email, roles_of


@pytest.fixture
def people(app):
    """Call `servicedesk people …` and return what it said."""
    return lambda *args, **more: CliRunner().invoke(people_group, args, **more)


def path_in(output: str) -> str:
    return re.search(r"http://localhost(/\S+)", output)[1]


def test_somebody_new_gets_a_link_and_chooses_the_password(people, client):
    done = people("add", "noa@desk.test", "--name", "Noa Bar", "--role", "agent")

    assert done.exit_code == 0, done.output
    assert roles_of(person_by_email("noa@desk.test").id) == ("agent",)
    answer = client.post(path_in(done.output), data={"password": "correct horse battery"})
    assert answer.location == "/desk"


def test_a_password_may_be_asked_for_and_is_not_shown(people, client):
    people("add", "noa@desk.test", "--name", "Noa Bar")

    done = people("password", "noa@desk.test", "--ask", input="correct horse battery\n" * 2)

    assert done.exit_code == 0, done.output
    assert "horse" not in done.output
    signed_in = client.post("/sign-in", data={"email": "noa@desk.test", "password": "correct horse battery"})
    assert signed_in.status_code == 303


def test_everybody_who_can_sign_in_is_listed(people, make_person):
    make_person("lead", name="Dana Levi", email="dana@desk.test")

    output = people("list").output

    assert "Dana Levi  <dana@desk.test>  lead" in output
    assert "administrator" in output


def test_a_token_for_a_program_is_printed_once(people, client, make_person):
    make_person("agent", email="robot@desk.test")

    secret = people("token", "robot@desk.test", "--name", "export").output.split()[-1]

    answer = client.get("/api/v1/tickets", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "args",
    [
        ("password", "nobody@desk.test"),
        ("token", "nobody@desk.test", "--name", "x"),
        ("add", "noa@desk.test", "--name", "Noa", "--organisation", "nowhere"),
    ],
)
def test_unknown_people_and_firms_are_told(people, args):
    done = people(*args)

    assert done.exit_code == 2
    assert "Traceback" not in done.output
