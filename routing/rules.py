"""Explicit rules: who goes where whatever a model thinks. They come first and have an owner."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from routing.events import RoutingRulePublished, RoutingRuleSwitched
from routing.models import RoutingRule, RoutingRuleVersion
from routing.targets import Destination, group_of_category
from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.identity.models import Person
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.condition_parsing import BadCondition, parse
from servicedesk.kernel.conditions import Condition, Field, FieldType, Reason, holds, why
from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.errors import Conflict, Invalid, NotFound
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import cached_by_revision, configuration_changed
from servicedesk.tickets.catalogue import categories
from servicedesk.tickets.fields import ticket_fields

# What a rule may look at: what is known when a request is opened.
MATCHED = (
    *("subject", "kind", "priority", "impact", "urgency", "channel", "language", "opened_at", "requester_id"),
    *("organisation_id", "organisation_tier", "branch_id", "category", "category_id", "item", "group_id"),
)
TEXT = Field("text", FieldType.TEXT)  # subject and description together
WRITTEN_BY_CUSTOMERS = frozenset({"subject", TEXT.name})
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in force, its condition parsed."""

    id: int
    key: str
    name: str
    position: int
    owner_id: int
    number: int
    condition: Condition
    group_id: int | None
    category_id: int | None
    urgency: int | None

    @property
    def cause(self) -> Cause:
        """This version of the rule as the cause of what it decides."""
        return Cause("rule", self.key, self.number)

    @property
    def destination(self) -> Destination:
        """Return where the rule sends; a category alone sends to that one's group."""
        group_id = self.group_id or group_of_category(self.category_id)
        return Destination(category_id=self.category_id, group_id=group_id)


@dataclass(frozen=True, kw_only=True)
class RuleContent:
    """What a rule says: `condition` as JSON data, and where it sends."""

    condition: Mapping[str, Json]
    group_id: int | None = None
    category_id: int | None = None
    urgency: int | None = None


def rule_fields() -> dict[str, Field]:
    """Return the fields that a rule's condition may name."""
    return {**{name: ticket_fields()[name].field for name in MATCHED}, TEXT.name: TEXT}


@cached_by_revision
def rules_in_force() -> tuple[RuleRow, ...]:
    """Return the active rules in their order."""
    query = (
        select(RoutingRule, RoutingRuleVersion)
        .join(
            RoutingRuleVersion,
            (RoutingRuleVersion.rule_id == RoutingRule.id)
            & (RoutingRuleVersion.number == RoutingRule.number),
        )
        .where(RoutingRule.is_active)
        .order_by(RoutingRule.position)
    )
    fields = rule_fields()
    return tuple(
        RuleRow(
            id=rule.id,
            key=rule.key,
            name=rule.name,
            position=rule.position,
            owner_id=rule.owner_id,
            number=rule.number,
            condition=parse(json.loads(version.condition), fields),
            group_id=version.group_id,
            category_id=version.category_id,
            urgency=version.urgency,
        )
        for rule, version in session().execute(query)
    )


def first_rule(facts: Mapping[str, object], *, at: datetime) -> tuple[RuleRow, tuple[Reason, ...]] | None:
    """Return the first rule that holds of the facts, with the comparisons that made it hold."""
    for rule in rules_in_force():
        if holds(rule.condition, facts, now=at):
            return rule, why(rule.condition, facts, now=at)
    return None


@command
def publish_rule(
    actor: Actor,
    key: str,
    *,
    name: str,
    owner_id: int,
    content: RuleContent,
    position: int | None = None,
    expected_version: int | None = None,
) -> int:
    """Publish what a rule says from now on and return its id; a new key begins a rule, at the end."""
    require(actor, Permission.CONFIGURE)
    _check(key, name, owner_id, content)
    rule = _locked(key, expected_version)
    is_new = rule.row_version == 0
    rule.name, rule.owner_id = name.strip(), owner_id
    rule.position = (
        position or rule.position or (session().scalar(select(func.max(RoutingRule.position))) or 0) + 1
    )
    rule.number = (rule.number or 0) + 1
    rule.row_version += 1
    session().add(rule)
    session().flush()
    if is_new:
        begin_stream(StreamRef(RoutingRulePublished.stream_kind, rule.id))
    _add_version(rule, content)
    configuration_changed()
    return rule.id


@command
def switch_rule(actor: Actor, key: str, *, is_active: bool) -> None:
    """Switch a rule on or off; what it decided so far stays."""
    require(actor, Permission.CONFIGURE)
    rule = session().scalar(select(RoutingRule).where(RoutingRule.key == key).with_for_update())
    if rule is None:
        raise NotFound("rule.not_found", _("There is no such rule."))
    if rule.is_active != is_active:
        rule.is_active = is_active
        rule.row_version += 1
        publish(RoutingRuleSwitched(stream_id=rule.id, is_active=is_active))
        configuration_changed()


def _check(key: str, name: str, owner_id: int, content: RuleContent) -> None:
    if not _KEY.fullmatch(key):
        raise Invalid("key.form", _("Use small letters, digits, - and _ only."), field="key")
    if not 1 <= len(name.strip()) <= 120:
        raise Invalid("name.length", _("Write a name of up to 120 characters."), field="name")
    owner = session().scalar(select(Person.id).where(Person.id == owner_id, Person.is_active))
    if owner is None:
        raise Invalid("rule.owner", _("A rule needs an owner who answers for it."), field="owner_id")
    _check_content(content)


def _check_content(content: RuleContent) -> None:
    try:
        parse(content.condition, rule_fields())
    except BadCondition as error:
        message = _("This condition cannot be used: look at the named place.")
        raise Invalid(error.code, message, field="condition", path=error.path) from None
    if content.group_id is None and content.category_id is None:
        raise Invalid(
            "rule.sends_nowhere", _("Choose the team or the category it sends to."), field="group_id"
        )
    group = groups().get(content.group_id) if content.group_id is not None else None
    if content.group_id is not None and (group is None or not group.is_active):
        raise Invalid("group.unknown", _("Choose a team from the list."), field="group_id")
    if content.category_id is not None and content.category_id not in categories():
        raise Invalid("category.unknown", _("Choose a category from the list."), field="category_id")
    if content.urgency not in (None, 1, 2, 3):
        raise Invalid("field.bad_value", _("Choose one of the offered values."), field="urgency")


def _locked(key: str, expected_version: int | None) -> RoutingRule:
    query = select(RoutingRule).where(RoutingRule.key == key).with_for_update()
    rule = session().scalar(query, execution_options={"populate_existing": True})
    if rule is None:
        rule = RoutingRule(key=key, row_version=0, is_active=True)
    if expected_version not in (None, rule.row_version):
        raise Conflict(
            "rule.changed",
            _("Somebody else changed this rule. Look at it again before you publish."),
            row_version=rule.row_version,
        )
    return rule


def _add_version(rule: RoutingRule, content: RuleContent) -> None:
    version = RoutingRuleVersion(
        rule_id=rule.id,
        number=rule.number,
        condition=canonical_json(content.condition),
        group_id=content.group_id,
        category_id=content.category_id,
        urgency=content.urgency,
        created_at=clock.now(),
    )
    session().add(version)
    session().flush()
    publish(
        RoutingRulePublished(
            stream_id=rule.id,
            key=rule.key,
            name=rule.name,
            position=rule.position,
            owner_id=rule.owner_id,
            number=rule.number,
            condition=content.condition,
            group_id=content.group_id,
            category_id=content.category_id,
            urgency=content.urgency,
        )
    )
