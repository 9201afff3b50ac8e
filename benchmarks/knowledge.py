"""Measures the search for articles: `python -m benchmarks.knowledge` prints building and asking times.

The articles are the demo's, multiplied with words of their own so that no two are alike.
"""

import argparse
import json
import random
import statistics
import time
from pathlib import Path

from knowledge.core.index import Index

DEMO = Path(__file__).parents[1] / "portal" / "demo" / "data" / "articles.json"
QUESTIONS = (
    "the tunnel keeps dropping when I am on a call",
    "pasword expierd",
    "המדפסת מוציאה דפים לבנים",
    "не запускается ноутбук, чёрный экран",
    "принтерге қағаз тұрып қалыпты",
)
LETTER = " ".join(QUESTIONS) + " Thank you in advance and best regards. " * 20


def main() -> None:
    """Measure for the number of articles that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.knowledge", description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[25, 500])
    for count in parser.parse_args().articles:
        _measure(count)


def _measure(count: int) -> None:
    documents, languages = _articles(count)
    begun = time.process_time()
    index = Index(documents, languages)
    built = time.process_time() - begun
    short = _milliseconds(index, QUESTIONS)
    long = _milliseconds(index, (LETTER,))
    print(
        f"{count:6} articles, {len(documents):6} texts: built in {built * 1000:7.0f} ms;"
        f" a question {short:6.2f} ms, a letter {long:6.2f} ms of CPU, medians"
    )


def _milliseconds(index: Index, texts: tuple[str, ...], rounds: int = 40) -> float:
    spent = []
    for _round in range(rounds):
        for text in texts:
            begun = time.process_time()
            index.search(text)
            spent.append(time.process_time() - begun)
    return statistics.median(spent) * 1000


def _articles(count: int) -> tuple[list[dict[str, str]], list[str]]:
    entries = json.loads(DEMO.read_text("utf-8"))
    chance, documents, languages = random.Random(20261122), [], []
    for number in range(count):
        for language, words in entries[number % len(entries)]["texts"].items():
            own = " ".join(f"{chance.choice('bdfgkl')}{chance.randrange(3000)}" for _each in range(60))
            documents.append(words | {"body": f"{words['body']}\n{own}"})
            languages.append(language)
    return documents, languages


if __name__ == "__main__":
    main()
