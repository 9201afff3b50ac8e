"""What a step says to people: worded when the letter is written, so that no warning outlives its breach."""

from servicedesk.identity.actor import Actor
from servicedesk.kernel import clock as time
from servicedesk.kernel.db import session
from servicedesk.kernel.display import when_in
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.links import full_link
from servicedesk.kernel.this_desk import the_settings
from servicedesk.notify.digests import Told, teller
from servicedesk.tickets.core.numbers import number_text
from servicedesk.tickets.guests import NOWHERE
from servicedesk.tickets.models import Ticket
from sla.agreements import versions
from sla.core.moments import is_warning, moment_of
from sla.escalating import NOTICE
from sla.models import Clock
from sla.recipients import REQUESTER

CLOCK_NAMES = {
    "first_response": _l("first response"),
    "next_response": _l("next response"),
    "update": _l("update"),
    "resolution": _l("resolution"),
    "assignment": _l("pick-up by the team"),
    "vendor": _l("supplier's part"),
}
ROLE_NAMES = {
    "assignee": _l("assignee"),
    "team_lead": _l("team lead"),
    "accountable": _l("accountable person"),
    "followers": _l("follower"),
    "manager": _l("manager"),
    "administrator": _l("administrator"),
    "requester": _l("customer"),
}


@teller(NOTICE)
def tell(reader: Actor, *, clock_id: int, step: int, role: str, version_id: int, rule: str) -> Told | None:
    """Return a step in words; None where the clock was stopped, or was late before its warning was read."""
    clock = session().get(Clock, clock_id)
    ticket = session().get(Ticket, clock.subject_id) if clock else None
    if clock is None or ticket is None or not _is_due(clock, step):
        return None
    if ticket.status in ("merged", "withdrawn") or reader.email.endswith(f"@{NOWHERE}"):
        return None
    ref = number_text(ticket.id, the_settings().ticket_prefix)
    name = next((each.name for each in versions() if each.id == version_id), "")
    is_customer = role == REQUESTER
    text = _sentence(reader, ref, clock, step)
    return Told(
        text=text,
        subject=text,
        link=full_link("customer.request_page" if is_customer else "desk.ticket", ref=ref),
        link_words=_("Open the request"),
        why=_("You get this mail because it is your request.")
        if is_customer
        else _(
            "You get this mail as %(role)s, by agreement %(agreement)s, rule %(rule)s.",
            role=ROLE_NAMES[role],
            agreement=name,
            rule=rule,
        ),
    )


def _is_due(clock: Clock, step: int) -> bool:
    if not is_warning(step):
        return clock.breached_at is not None
    is_late = clock.late_at is not None and clock.late_at <= time.now()
    return clock.stopped_at is None and clock.state != "overdue" and not is_late


def _sentence(reader: Actor, ref: str, clock: Clock, step: int) -> str:
    name = CLOCK_NAMES.get(clock.kind, clock.kind)
    due_at = clock.breached_at if not is_warning(step) else clock.due_at
    if due_at is None:
        return _("%(ref)s: little time is left for the %(clock)s", ref=ref, clock=name)
    due = when_in(reader.zone, due_at)
    if moment_of(step).kind == "chance":
        return _(
            "%(ref)s: the %(clock)s will probably be late, it is due %(when)s", ref=ref, clock=name, when=due
        )
    if is_warning(step):
        return _("%(ref)s: the %(clock)s is due %(when)s", ref=ref, clock=name, when=due)
    return _("%(ref)s: the %(clock)s is late, it was due %(when)s", ref=ref, clock=name, when=due)
