"""The people and firms of the demo desk, made through the commands that every desk uses."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from servicedesk.calendars.commands import publish_calendar
from servicedesk.identity.actor import Actor, system_actor
from servicedesk.identity.commands import NewPerson, create_people, create_person
from servicedesk.identity.directory import groups, triage_group
from servicedesk.identity.grouping import create_branch, create_group, create_organisation
from servicedesk.identity.queries import actor_of
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.seed import seed_catalogue, starting_data

DOMAIN = "demo.example"
SIGN_INS = ("customer", "agent", "lead", "manager", "administrator")
FILE = "demo-sign-ins.json"


@dataclass(frozen=True)
class Cast:
    """Actors by key; `agents` maps a group's key to the keys of those who work in it."""

    actors: Mapping[str, Actor]
    agents: Mapping[str, tuple[str, ...]]
    group_ids: Mapping[str, int]


def demo_actor() -> Actor:
    """Return the desk itself, setting up a demo."""
    return system_actor(Cause("demo"))


def read(name: str) -> Any:
    """Return one of the demo's data files."""
    return json.loads((files("portal.demo") / "data" / name).read_text(encoding="utf-8"))


def make_cast(data_dir: Path) -> Cast:
    """Make firms, people, groups, catalogue and a second calendar; write the sign-ins to `data_dir`."""
    desk, people = demo_actor(), read("people.json")
    firms, branches = _firms(desk, people["organisations"])
    passwords = {key: secrets.token_urlsafe(9) for key in SIGN_INS}
    ids = {
        entry["key"]: _person(desk, entry, firms, branches, passwords.get(entry["key"]))
        for entry in [*people["staff"], *people["customers"]]
    }
    group_ids, agents = _groups(desk, people["staff"], ids)
    seed_catalogue(desk, group_ids)
    _night_calendar(desk)
    _keep_sign_ins(data_dir, [*people["staff"], *people["customers"]], passwords)
    return Cast({key: actor_of(number) for key, number in ids.items()}, agents, group_ids)


def _firms(desk: Actor, organisations: list[dict[str, Any]]) -> tuple[dict[str, int], dict[str, int]]:
    firms: dict[str, int] = {}
    branches: dict[str, int] = {}
    for entry in organisations:
        key = entry["key"]
        firms[key] = create_organisation(desk, key=key, name=entry["name"], tier=entry["tier"])
        for branch in entry.get("branches", ()):
            branches[branch["key"]] = create_branch(desk, firms[key], **branch)
    return firms, branches


def _person(
    desk: Actor,
    entry: Mapping[str, Any],
    firms: Mapping[str, int],
    branches: Mapping[str, int],
    password: str | None,
) -> int:
    new = NewPerson(
        name=entry["name"],
        email=f"{entry['email']}@{DOMAIN}",
        roles=tuple(entry.get("roles", ("customer",))),
        organisation_id=firms[entry.get("organisation", "desk")],
        branch_id=branches.get(entry.get("branch", "")),
        language=entry.get("language", "en"),
        zone=entry.get("zone", "Asia/Almaty"),
    )
    if password is not None:
        return create_person(desk, new, password=password)
    return next(iter(create_people(desk, [new]).values()))


def _groups(
    desk: Actor, staff: list[dict[str, Any]], ids: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    group_ids: dict[str, int] = {}
    agents: dict[str, tuple[str, ...]] = {}
    taken = {group.key for group in groups().values()}
    for entry in starting_data()["groups"]:
        key = entry["key"]
        members = tuple(person["key"] for person in staff if key in person["groups"])
        lead = next(person["key"] for person in staff if key in person.get("leads", ()))
        agents[key] = tuple(member for member in members if "lead" not in member) or members
        if key in taken:
            group_ids[key] = next(group.id for group in groups().values() if group.key == key)
            continue
        group_ids[key] = create_group(
            desk,
            key=key,
            name=entry["names"]["en"],
            names=entry["names"],
            lead_id=ids[lead],
            member_ids=[ids[member] for member in members],
            is_triage=bool(entry.get("is_triage")),
        )
    return group_ids, agents


def _night_calendar(desk: Actor) -> None:
    nights = {day: [["22:00", "06:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    document = {"tz": "Asia/Tbilisi", "week": nights}
    publish_calendar(desk, "night", name="Night shift, Tbilisi", document=document, holidays_country="GE")


def _keep_sign_ins(data_dir: Path, entries: list[dict[str, Any]], passwords: Mapping[str, str]) -> None:
    emails = {entry["key"]: f"{entry['email']}@{DOMAIN}" for entry in entries}
    rows = [{"role": key, "email": emails[key], "password": passwords[key]} for key in SIGN_INS]
    path = data_dir / FILE
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(rows, out, indent=1)


def demo_sign_ins(data_dir: Path) -> list[dict[str, str]]:
    """Return role, email and password of the demo's people; empty where there is no demo."""
    path = data_dir / FILE
    rows: list[dict[str, str]] = json.loads(path.read_text()) if path.exists() else []
    return rows


__all__ = ["Cast", "demo_sign_ins", "make_cast", "triage_group"]
