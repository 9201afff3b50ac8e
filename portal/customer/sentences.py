"""The three facts of a request as whole sentences in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import datetime

from portal.customer.standing import Step, Told, Value
from portal.words import isolated
from servicedesk.kernel.display import when, working_duration
from servicedesk.kernel.i18n import gettext as _


def sentence(told: Told, *, to_requester: bool = True) -> str:
    """Return the sentence of a code with its values put in; raises KeyError for an unknown code.

    to_requester: it speaks to whoever asked, else to a colleague who reads along.
    """
    values = {name: _in_words(name, value) for name, value in told.values.items()}
    tell = _SENTENCES[told.code] if to_requester else _TO_COLLEAGUES.get(told.code, _SENTENCES[told.code])
    return str(tell(values))


def _in_words(name: str, value: Value) -> str:
    if isinstance(value, datetime):
        return isolated(when(value))
    return isolated(working_duration(value) if name == "left" and isinstance(value, int) else str(value))


def step_name(step: Step) -> str:
    """Return the name of a step of the way."""
    names = {
        "received": _("Received"),
        "assigned": _("Assigned"),
        "in_progress": _("In progress"),
        "solved": _("Solved"),
    }
    return str(names[step.key])


def step_state(step: Step) -> str:
    """Return how far a step is, for readers who do not see its colour."""
    states = {"done": _("done"), "now": _("now"), "ahead": _("still ahead")}
    return str(states[step.state])


Values = Mapping[str, str]

_SENTENCES: Mapping[str, Callable[[Values], str]] = {
    # where it stands
    "where.sorting": lambda v: _("We have your request and are finding the right people for it."),
    "where.new.team": lambda v: _("Your request is with the team %(team)s.", **v),
    "where.new.person": lambda v: _("%(person)s from the team %(team)s has your request.", **v),
    "where.working.team": lambda v: _("The team %(team)s is working on it.", **v),
    "where.working.person": lambda v: _("%(person)s from the team %(team)s is working on it.", **v),
    "where.waits_for_you.team": lambda v: _("The team %(team)s is waiting for your answer.", **v),
    "where.waits_for_you.person": lambda v: _("%(person)s is waiting for your answer.", **v),
    "where.waits_for_supplier": lambda v: _("We are waiting for a supplier."),
    "where.planned": lambda v: _("The work on it is planned for %(when)s.", **v),
    "where.later": lambda v: _("The work on it is planned for later."),
    "where.resolved": lambda v: _("We believe that it is solved."),
    "where.closed": lambda v: _("This request is closed."),
    "where.withdrawn": lambda v: _("This request was withdrawn."),
    "where.merged": lambda v: _("It was merged with another request and goes on there."),
    # what is done
    "done.received": lambda v: _("We received it %(when)s.", **v),
    "done.received.undated": lambda v: _("We received it."),
    "done.passed": lambda v: _("We received it %(when)s and passed it to the team %(team)s.", **v),
    "done.passed.undated": lambda v: _("We received it and passed it to the team %(team)s.", **v),
    "done.given": lambda v: _("We received it %(when)s and gave it to %(person)s.", **v),
    "done.given.undated": lambda v: _("We received it and gave it to %(person)s.", **v),
    "done.answered": lambda v: _("We wrote to you last %(when)s.", **v),
    "done.answered.undated": lambda v: _("We have answered you."),
    "done.your_word": lambda v: _("We have your message from %(when)s.", **v),
    "done.reopened": lambda v: _("It was opened again; we wrote to you last %(when)s.", **v),
    "done.reopened.undated": lambda v: _("It was opened again, since it was not solved."),
    "done.solved": lambda v: _("It was solved %(when)s.", **v),
    "done.solved_late": lambda v: _("It was solved %(when)s, later than we promised (%(promised)s).", **v),
    "done.solved.undated": lambda v: _("It was solved."),
    "done.closed": lambda v: _("It was solved %(solved)s and closed %(when)s.", **v),
    "done.closed.undated": lambda v: _("It was solved and closed."),
    "done.withdrawn": lambda v: _("It was withdrawn %(when)s, and the work on it has stopped.", **v),
    "done.withdrawn.undated": lambda v: _("It was withdrawn, and the work on it has stopped."),
    "done.merged": lambda v: _("It was merged %(when)s; everything said here is kept.", **v),
    "done.merged.undated": lambda v: _("It was merged; everything said here is kept."),
    # what comes next
    "next.elsewhere": lambda v: _("The other request says what comes next."),
    "next.opens_new": lambda v: _(
        "If you need it again, write below: that opens a new request, linked to this one."
    ),
    "next.may_reopen": lambda v: _(
        "If it comes back, write below until %(until)s and we take this request up again.", **v
    ),
    "next.confirm": lambda v: _(
        "Please tell us whether it works. Without a word from you it closes by itself %(when)s.", **v
    ),
    "next.confirm.undated": lambda v: _(
        "Please tell us whether it works. Without a word from you it closes by itself."
    ),
    "next.answer": lambda v: _("Write below, and we go on."),
    "next.answer_left": lambda v: _(
        "Write below, and we go on: %(left)s of our time is left after your answer.", **v
    ),
    "next.answer_late": lambda v: _(
        "Write below, and we go on. We are already later than we promised, and we are sorry."
    ),
    "next.wakes": lambda v: _("We take it up again %(when)s.", **v),
    "next.wakes_left": lambda v: _(
        "We take it up again %(when)s; then %(left)s of our time is left to solve it.", **v
    ),
    "next.news": lambda v: _("We write to you here as soon as there is news."),
    "next.answer_none.solve_none": lambda v: _("We answer here as soon as we can."),
    "next.answer_none.solve_due": lambda v: _("We solve it by %(solve)s.", **v),
    "next.answer_none.solve_late": lambda v: _(
        "We promised to solve it by %(solve)s and did not. It counts as late until it is solved.", **v
    ),
    "next.answer_due.solve_none": lambda v: _("We answer by %(word)s.", **v),
    "next.answer_due.solve_due": lambda v: _("We answer by %(word)s and solve it by %(solve)s.", **v),
    "next.answer_due.solve_late": lambda v: _(
        "We promised to solve it by %(solve)s and did not. We answer by %(word)s.", **v
    ),
    "next.answer_late.solve_none": lambda v: _(
        "We promised an answer by %(word)s and did not keep that. It counts as late until you have it.", **v
    ),
    "next.answer_late.solve_due": lambda v: _(
        "We promised an answer by %(word)s and did not keep that. We solve it by %(solve)s.", **v
    ),
    "next.answer_late.solve_late": lambda v: _(
        "We promised an answer by %(word)s and a solution by %(solve)s and kept neither. It counts as late"
        " until it is solved.",
        **v,
    ),
    "next.update_due.solve_none": lambda v: _("You hear from us by %(word)s.", **v),
    "next.update_due.solve_due": lambda v: _(
        "You hear from us by %(word)s, and we solve it by %(solve)s.", **v
    ),
    "next.update_due.solve_late": lambda v: _(
        "We promised to solve it by %(solve)s and did not. You hear from us by %(word)s.", **v
    ),
    "next.update_late.solve_none": lambda v: _(
        "We promised you news by %(word)s and did not keep that. It counts as late until you have them.", **v
    ),
    "next.update_late.solve_due": lambda v: _(
        "We promised you news by %(word)s and did not keep that. We solve it by %(solve)s.", **v
    ),
    "next.update_late.solve_late": lambda v: _(
        "We promised you news by %(word)s and a solution by %(solve)s and kept neither. It counts as late"
        " until it is solved.",
        **v,
    ),
}

# What a colleague reads where the sentence above says "you".
_TO_COLLEAGUES: Mapping[str, Callable[[Values], str]] = {
    "where.sorting": lambda v: _("It is here, and we are finding the right people for it."),
    "where.new.team": lambda v: _("It is with the team %(team)s.", **v),
    "where.new.person": lambda v: _("%(person)s from the team %(team)s has it.", **v),
    "where.waits_for_you.team": lambda v: _(
        "The team %(team)s is waiting for the answer of whoever asked.", **v
    ),
    "where.waits_for_you.person": lambda v: _("%(person)s is waiting for the answer of whoever asked.", **v),
    "done.answered": lambda v: _("The last answer was given %(when)s.", **v),
    "done.answered.undated": lambda v: _("It has been answered."),
    "done.your_word": lambda v: _("The last message came in %(when)s.", **v),
    "done.reopened": lambda v: _("It was opened again; the last answer was given %(when)s.", **v),
    "next.opens_new": lambda v: _("Nothing: it is done."),
    "next.may_reopen": lambda v: _("It may be opened again until %(until)s.", **v),
    "next.confirm": lambda v: _(
        "Unless somebody says that it does not work, it closes by itself %(when)s.", **v
    ),
    "next.confirm.undated": lambda v: _("Unless somebody says that it does not work, it closes by itself."),
    "next.answer": lambda v: _("We go on as soon as the answer is here."),
    "next.answer_left": lambda v: _(
        "We go on as soon as the answer is here; then %(left)s of our time is left.", **v
    ),
    "next.answer_late": lambda v: _(
        "We go on as soon as the answer is here. We are already later than we promised."
    ),
    "next.news": lambda v: _("The next news appear here."),
    "next.answer_late.solve_none": lambda v: _(
        "We promised an answer by %(word)s and did not keep that. It counts as late until it is given.", **v
    ),
    "next.update_due.solve_none": lambda v: _("There is news by %(word)s.", **v),
    "next.update_due.solve_due": lambda v: _("There is news by %(word)s, and we solve it by %(solve)s.", **v),
    "next.update_due.solve_late": lambda v: _(
        "We promised to solve it by %(solve)s and did not. There is news by %(word)s.", **v
    ),
    "next.update_late.solve_none": lambda v: _(
        "We promised news by %(word)s and did not keep that. It counts as late until there are some.", **v
    ),
    "next.update_late.solve_due": lambda v: _(
        "We promised news by %(word)s and did not keep that. We solve it by %(solve)s.", **v
    ),
    "next.update_late.solve_late": lambda v: _(
        "We promised news by %(word)s and a solution by %(solve)s and kept neither. It counts as late until"
        " it is solved.",
        **v,
    ),
}
