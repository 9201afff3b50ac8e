"""Who is there in every test before it makes anybody: an administrator who leads triage and service."""

from servicedesk.identity.actor import system_actor
from servicedesk.identity.commands import NewPerson, create_people
from servicedesk.identity.grouping import create_group
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.seed import seed_catalogue, starting_data

ADMINISTRATOR = "administrator@desk.test"


def make_first_people() -> None:
    """Make the administrator, the groups of the starting catalogue, and that catalogue."""
    desk = system_actor(Cause("installation"))
    new = NewPerson(name="Ada Administrator", email=ADMINISTRATOR, roles=("administrator",))
    lead_id = create_people(desk, [new])[ADMINISTRATOR]
    group_ids = {
        row["key"]: create_group(
            desk,
            key=row["key"],
            name=row["names"]["en"],
            names=row["names"],
            lead_id=lead_id,
            is_triage=row.get("is_triage", row["key"] == "triage"),
        )
        for row in starting_data()["groups"]
    }
    seed_catalogue(desk, group_ids)
