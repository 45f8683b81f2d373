"""Cycles of a directed graph, shortest first, with bounded work."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Sequence as List
from collections.abc import Set as AbstractSet

Edges = Mapping[str, List[str]]
BUDGET = 200_000
"""Edges that one search walks at most, on top of what finding the components takes."""


def components(edges: Edges) -> list[tuple[str, ...]]:
    """The strongly connected components in which a cycle exists, each sorted (Tarjan, without recursion)."""
    walk = _Walk(edges)
    for root in sorted(edges):
        if root not in walk.index:
            walk.through(root)
    return sorted(walk.found)


class _Walk:
    """Tarjan's walk over a graph; ``found`` are the components so far."""

    def __init__(self, edges: Edges) -> None:
        self.found: list[tuple[str, ...]] = []
        self.index: dict[str, int] = {}
        self._edges = edges
        self._low: dict[str, int] = {}
        self._stack: list[str] = []
        self._waiting: set[str] = set()
        self._work: list[tuple[str, Iterator[str]]] = []

    def through(self, root: str) -> None:
        """Everything that can be reached from ``root`` and was not seen before."""
        low, work = self._low, self._work
        self._enter(root)
        while work:
            node, targets = work[-1]
            following = next(targets, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == self.index[node]:
                    component = tuple(sorted(self._unwind(node)))
                    if len(component) > 1 or node in self._edges.get(node, ()):
                        self.found.append(component)
            elif following not in self.index:
                self._enter(following)
            elif following in self._waiting:
                low[node] = min(low[node], self.index[following])

    def _enter(self, node: str) -> None:
        self.index[node] = self._low[node] = len(self.index)
        self._stack.append(node)
        self._waiting.add(node)
        self._work.append((node, iter(self._edges.get(node, ()))))

    def _unwind(self, node: str) -> Iterator[str]:
        while True:
            member = self._stack.pop()
            self._waiting.discard(member)
            yield member
            if member == node:
                return


def elementary_cycles(
    edges: Edges, *, limit: int, through: AbstractSet[str] = frozenset(), budget: int = BUDGET
) -> tuple[list[tuple[str, ...]], bool]:
    """Cycles that pass no node twice, shortest first, and whether there may be more than those.

    Every component gives at least one cycle however little ``limit`` and ``budget`` allow, so that no component goes
    unseen.

    Args:
        edges: node to the nodes it leads to.
        limit: how many cycles are wanted.
        through: only cycles that touch one of these; empty for all.
        budget: how many edges the search walks at most.

    Returns:
        Cycles as nodes in order, the smallest first.
    """
    found: dict[tuple[str, ...], None] = {}
    searches: list[_Search] = []
    for component in components(edges):
        inside = frozenset(component)
        local = {node: [target for target in sorted(edges[node]) if target in inside] for node in component}
        starts = [node for node in component if not through or node in through]
        if starts:
            shortest = _shortest(local, starts)
            if shortest is not None:
                found[shortest] = None
            searches.append(_Search(local, starts))
    walked = 0
    longest = max((len(search.edges) for search in searches), default=0)
    for length in range(1, longest + 1):
        for search in searches:
            if length > len(search.edges):
                continue
            for cycle in search.of_length(length):
                if cycle is not None:
                    found[cycle] = None
                walked += 1
                if walked >= budget or len(found) > max(limit, len(searches)):
                    return sorted(found, key=_shortest_first)[: max(limit, len(searches))], True
    return sorted(found, key=_shortest_first), False


def _shortest_first(cycle: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    return len(cycle), cycle


def _canonical(cycle: Iterable[str]) -> tuple[str, ...]:
    nodes = tuple(cycle)
    first = nodes.index(min(nodes))
    return nodes[first:] + nodes[:first]


def _shortest(edges: Edges, starts: Iterable[str]) -> tuple[str, ...] | None:
    """A shortest cycle through the first start from which there is one."""
    for start in starts:
        before: dict[str, str] = {}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            for target in edges[node]:
                if target == start:
                    path = [node]
                    while path[-1] != start:
                        path.append(before[path[-1]])
                    return _canonical(reversed(path))
                if target not in before:
                    before[target] = node
                    queue.append(target)
    return None


class _Search:
    """Paths of a given length from each start back to it, over nodes that were no start before it."""

    def __init__(self, edges: Edges, starts: List[str]) -> None:
        self.edges = edges
        self.starts = starts
        self._back: dict[str, dict[str, int]] = {}
        self._sources: dict[str, list[str]] = {}
        for node, targets in edges.items():
            for target in targets:
                self._sources.setdefault(target, []).append(node)

    def of_length(self, length: int) -> Iterator[tuple[str, ...] | None]:
        """The cycles of ``length`` nodes; None for every edge that was walked in between."""
        closed: set[str] = set()
        for start in self.starts:
            back = self._distances(start, closed)
            if length <= len(back):
                yield from self._paths(start, length, back)
            closed.add(start)

    def _paths(self, start: str, length: int, back: Mapping[str, int]) -> Iterator[tuple[str, ...] | None]:
        path, on_path = [start], {start}
        work = [iter(self.edges[start])]
        while work:
            target = next(work[-1], None)
            if target is None:
                work.pop()
                on_path.discard(path.pop())
                continue
            yield None
            if target == start and len(path) == length:
                yield _canonical(path)
            elif target not in on_path and len(path) + back.get(target, length) <= length and len(path) < length:
                path.append(target)
                on_path.add(target)
                work.append(iter(self.edges[target]))

    def _distances(self, start: str, closed: AbstractSet[str]) -> Mapping[str, int]:
        """Edges from each node back to ``start``, for nodes that can still be used."""
        if start not in self._back:
            found = {start: 0}
            queue = deque([start])
            while queue:
                node = queue.popleft()
                for source in self._sources.get(node, ()):
                    if source not in found and source not in closed:
                        found[source] = found[node] + 1
                        queue.append(source)
            self._back[start] = found
        return self._back[start]
