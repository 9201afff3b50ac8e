"""What routing thinks of a text: the active model's proposal, or the catalogue's where no model can say."""

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from routing.core import cold_start, inference
from routing.core.cold_start import CatalogueEntry, CatalogueIndex, index_catalogue
from routing.core.model import Target
from routing.core.proposal import Proposal
from routing.core.urgency import UrgencyCues, UrgencyProposal, cues_from, propose_urgency
from routing.targets import Destination, destination_of
from routing.versions import active_model, loaded
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.state import cached_by_revision
from servicedesk.tickets.catalogue import ItemRow, items


@dataclass(frozen=True, slots=True)
class Opinion:
    """cause: the model version or the catalogue. The labels of the proposal are keys of `target`."""

    cause: Cause
    target: Target
    proposal: Proposal
    urgency: UrgencyProposal

    @property
    def destination(self) -> Destination | None:
        """Where the first candidate sends, or None without one."""
        candidates = self.proposal.candidates
        return destination_of(self.target, candidates[0].label) if candidates else None


def opinion_on(text: str) -> Opinion:
    """Return what the desk thinks of a request with this text; the proposal may be empty."""
    urgency = propose_urgency(urgency_cues(), text)
    row = active_model()
    model = loaded(row) if row else None
    if row is not None and model is not None:
        proposal = _known(row.target, inference.propose(model, text))
        if proposal.candidates and proposal.is_readable:
            return Opinion(row.cause, row.target, proposal, urgency)
    return Opinion(Cause("catalogue"), "item", cold_start.propose(catalogue_index(), text), urgency)


@cached_by_revision
def catalogue_index() -> CatalogueIndex:
    """Return the catalogue made searchable, in every language it has."""
    return index_catalogue(CatalogueEntry(item.key, _phrases(item)) for item in items().values())


@cache
def urgency_cues() -> UrgencyCues:
    """Return the phrases that tell urgency, from `data/urgency_cues.json`."""
    return cues_from((files("routing") / "data" / "urgency_cues.json").read_text(encoding="utf-8"))


def _phrases(item: ItemRow) -> tuple[str, ...]:
    return tuple(
        phrase
        for text in item.texts.values()
        for phrase in (text.name, text.description, *text.examples)
        if phrase
    )


def _known(target: Target, proposal: Proposal) -> Proposal:
    """Leave out labels that the desk no longer has; without its first one a proposal is not sure."""
    kept = tuple(each for each in proposal.candidates if destination_of(target, each.label))
    is_whole = kept[:1] == proposal.candidates[:1]
    return replace(proposal, candidates=kept, confident=proposal.confident and is_whole)
