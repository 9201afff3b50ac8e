"""What stands beside a request while it is written: where it would go, why, and what would be promised."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.customer.answers import Answer, answers_to
from portal.customer.hours import hours_in_words
from portal.customer.promise import Wish, offer_for
from portal.words import isolated, listed, team_name
from routing.queries import ProposedRoute, RouteProposal, propose_while_typing
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import triage_group
from servicedesk.kernel import i18n
from servicedesk.kernel.display import when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import ItemRow, categories, category_path, items
from sla.promises import Offer

MOST_READ = 4000  # characters of a text that is still being written


@dataclass(frozen=True, slots=True)
class Choice:
    """A catalogue item to choose by hand; `about` says in a few words what it is for."""

    key: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """The card "If you send it", and the articles above it that may make sending needless.

    offered: the item whose own form is offered, None where none is likely. without: ids of the articles that
    were put aside.
    """

    goes: str
    why: str
    offered: Choice | None
    offer_words: str
    promise: str
    hours: str
    answers: Sequence[Answer] = ()
    without: Sequence[int] = ()


def proposed_for(viewer: Actor, text: str, *, at: datetime, without: Collection[int] = ()) -> Proposed | None:
    """Return what would become of a request with this text; None for too little text."""
    text = text.strip()[:MOST_READ]
    if not any(character.isalnum() for character in text):
        return None
    proposal = propose_while_typing(viewer, text)
    first = proposal.routes[0] if proposal.routes else None
    is_sure = proposal.is_sure and first is not None and first.group_id is not None
    item = _item_of(first, is_sure=is_sure)
    wish = Wish(urgency=proposal.urgency if is_sure else None)
    if is_sure and first is not None:
        wish = Wish(category_id=first.category_id, group_id=first.group_id, urgency=proposal.urgency)
    offer = offer_for(viewer, wish, at=at)
    return Proposed(
        goes=_goes(first) if is_sure and first is not None else _goes_to_triage(),
        why=_why(proposal),
        offered=choice_of(item) if item is not None else None,
        offer_words=_offer(item, is_sure=is_sure) if item is not None else "",
        promise=promise_in_words(offer) if offer else "",
        hours=hours_in_words(offer) if offer else "",
        answers=answers_to(viewer, text, without=without),
        without=sorted(without),
    )


def _item_of(route: ProposedRoute | None, *, is_sure: bool) -> ItemRow | None:
    """Return the item whose form is offered: the route's own, or the only one of its category.

    Where the route is sure anyway, a form that asks nothing is not offered.
    """
    if route is None:
        return None
    of_category = [item for item in items().values() if item.category_id == route.category_id]
    only = of_category[0] if len(of_category) == 1 else None
    found = items().get(route.item_id) if route.item_id is not None else only
    return found if found is not None and (found.questions or not is_sure) else None


def _goes(route: ProposedRoute) -> str:
    name = route.category or route.name
    if name and name != route.group:
        return str(_("Goes to %(team)s as %(what)s.", team=isolated(route.group), what=isolated(name)))
    return str(_("Goes to %(team)s.", team=isolated(route.group)))


def _goes_to_triage() -> str:
    return str(
        _(
            "%(team)s reads it first and passes it to the right people.",
            team=isolated(team_name(triage_group().id)),
        )
    )


def _offer(item: ItemRow, *, is_sure: bool) -> str:
    """Return why one would rather use the item's own form."""
    if is_sure:
        return str(_("Its form asks what we would ask you, so that you hear from us sooner."))
    team = team_name(item.default_group_id or _group_of(item))
    name = isolated(item.text_in(i18n.current_language()).name)
    if not team:
        return str(_("It looks like “%(what)s”.", what=name))
    return str(
        _("It looks like “%(what)s”: that form goes straight to %(team)s.", what=name, team=isolated(team))
    )


def _group_of(item: ItemRow) -> int | None:
    category = categories().get(item.category_id)
    return category.default_group_id if category else None


def _why(proposal: RouteProposal) -> str:
    """Return why: the words that spoke for it. No figures: they would say little to a customer."""
    said = [_quoted(word) for word in proposal.reasons[:3]] if proposal.routes else []
    if not said:
        return ""
    return str(_("Because you wrote %(words)s.", words=listed(said)))


def _quoted(word: str) -> str:
    return str(_("“%(word)s”", word=isolated(word)))


def promise_in_words(offer: Offer) -> str:
    """Return what is promised, such as "First answer by today 15:10, solved by tomorrow 12:00"."""
    answer, solve = isolated(when(offer.answer_by)), isolated(when(offer.solve_by))
    if offer.answer_by and offer.solve_by:
        return str(_("First answer by %(answer)s, solved by %(solve)s.", answer=answer, solve=solve))
    if offer.answer_by:
        return str(_("First answer by %(answer)s.", answer=answer))
    return str(_("Solved by %(solve)s.", solve=solve)) if offer.solve_by else ""


def choices() -> Sequence[Choice]:
    """Return every catalogue item in the reader's language, in its order."""
    return [choice_of(item) for item in items().values()]


def choice_of(item: ItemRow) -> Choice:
    """Return an item as a card shows it."""
    text = item.text_in(i18n.current_language())
    return Choice(item.key, text.name, text.description)


def item_route(item: ItemRow) -> str:
    """Return where a request for this item goes."""
    team, path = team_name(item.default_group_id), category_path(item.category_id, i18n.current_language())
    if not team:
        return _goes_to_triage()
    return str(_("Goes to %(team)s as %(what)s.", team=isolated(team), what=isolated(path)))
