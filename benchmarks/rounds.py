"""CPU time per request of two servers, taken in turns so that a busy machine bothers both alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from benchmarks.client import Answer
from benchmarks.processes import cpu_seconds

WARM_UP = 30
SECONDS_PER_READING = 1.5  # a hundred and fifty ticks of the kernel's clock: 1 % of resolution
MOST_REQUESTS = 1000

Ask = Callable[[], Answer]


@dataclass(frozen=True)
class Contender:
    """One server doing one operation: `ask` sends one request; `burns` tells the process trees that work."""

    ask: Ask
    burns: Callable[[], Iterable[int]]


@dataclass(frozen=True)
class Reading:
    """One round: CPU and wall time per request in milliseconds, and the bytes of the last answer."""

    cpu_ms: float
    median_ms: float
    size: int


@dataclass(frozen=True)
class Comparison:
    """All rounds of one operation, in the order taken."""

    anchor: list[Reading]
    product: list[Reading]

    @property
    def ratio(self) -> float:
        """The product's CPU time in units of the anchor's, the median over the rounds."""
        return median(p.cpu_ms / a.cpu_ms for a, p in zip(self.anchor, self.product, strict=True))

    @property
    def anchor_cpu_ms(self) -> float:
        return median(reading.cpu_ms for reading in self.anchor)

    @property
    def cpu_ms(self) -> float:
        return median(reading.cpu_ms for reading in self.product)

    @property
    def median_ms(self) -> float:
        return median(reading.median_ms for reading in self.product)


def compare(anchor: Contender, product: Contender, rounds: int) -> Comparison:
    """Let both do the operation in turns."""
    taken = [(take(anchor), take(product)) for _ in range(rounds)]
    return Comparison([first for first, _ in taken], [second for _, second in taken])


def take(contender: Contender) -> Reading:
    """Return one reading; raises SystemExit on an answer that is no success."""
    speed = median(_good(contender.ask()).seconds for _ in range(WARM_UP))
    count = int(min(max(SECONDS_PER_READING / speed, WARM_UP), MOST_REQUESTS))
    before = cpu_seconds(contender.burns())
    answers = [_good(contender.ask()) for _ in range(count)]
    burnt = cpu_seconds(contender.burns()) - before
    return Reading(burnt * 1000 / count, _median_ms(answers), len(answers[-1].body))


def _good(answer: Answer) -> Answer:
    if answer.status not in {200, 303}:
        raise SystemExit(
            f"an answer with status {answer.status}:\n{answer.body[:500].decode(errors='replace')}"
        )
    return answer


def _median_ms(answers: Iterable[Answer]) -> float:
    return median(answer.seconds for answer in answers) * 1000
