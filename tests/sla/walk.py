"""A random walk through the desk: commands, sweeps and time, as days at work bring them."""

import random
from contextlib import suppress

from servicedesk.kernel.errors import DeskError
from servicedesk.tickets.assignment import edit_fields, take
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, wait_for, withdraw_ticket
from sla.sweep import sweep


class Walk:
    """Commands in random order on a few tickets; what the desk refuses is simply not done."""

    def __init__(self, seed, clock, customer, agent, make_ticket):
        self.random = random.Random(seed)
        self.clock, self.customer, self.agent, self.make_ticket = clock, customer, agent, make_ticket
        self.tickets = []

    def step(self):
        self.clock.move(seconds=self.random.choice([0, 1, 90, 1800, 5000, 20_000, 90_000]))
        if len(self.tickets) < 3 or self.random.random() < 0.1:
            self.tickets.append(self.make_ticket(self.customer, priority=self.random.randint(1, 4)).id)
            return
        act = self.random.choice(self.acts())
        with suppress(DeskError):
            act(self.random.choice(self.tickets))

    def acts(self):
        until = self.clock.at.replace(microsecond=0)
        return [
            lambda ticket: reply(self.agent, ticket, text="We look."),
            lambda ticket: reply(self.customer, ticket, text="And now?"),
            lambda ticket: wait_for(self.agent, ticket, status="waiting_customer", text="Which one?"),
            lambda ticket: wait_for(self.agent, ticket, status="waiting_supplier"),
            lambda ticket: wait_for(
                self.agent, ticket, status="scheduled", until=until.replace(year=until.year + 1, month=1)
            ),
            lambda ticket: resolve_ticket(self.agent, ticket, answer="Done."),
            lambda ticket: reopen_ticket(self.agent, ticket),
            lambda ticket: add_note(self.agent, ticket, text="Hm."),
            lambda ticket: take(self.agent, ticket),
            lambda ticket: edit_fields(
                self.agent,
                ticket,
                {"impact": self.random.randint(1, 3), "urgency": self.random.randint(1, 3)},
            ),
            lambda ticket: sweep(),
            lambda ticket: sweep(),
            lambda ticket: withdraw_ticket(self.customer, ticket) if self.random.random() < 0.2 else None,
        ]
