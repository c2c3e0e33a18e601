"""What a customer takes along."""

from dataclasses import dataclass, field


@dataclass
class Basket:
    """Articles and how many of each."""

    articles: dict[str, int] = field(default_factory=dict)

    def add(self, article, count=1):
        self.articles[article] = self.articles.get(article, 0) + count

    def __iter__(self):
        yield from sorted(self.articles.items())
