"""Names of occurrences, from what annotators wrote on triggers and the triggers that they joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping


def cluster_names(
    given: Mapping[str, str | None], joined: Iterable[tuple[str, str]], new_name: Callable[[list[str]], str]
) -> tuple[dict[str, str | None], list[tuple[str, str]]]:
    """Gives every trigger the name of its occurrence.

    Args:
        given: The name written on each trigger, by its id; None where there is none.
        joined: Pairs of triggers of one occurrence.
        new_name: Makes a name for joined triggers of which none bears one.

    Returns:
        The name by id, and for each trigger whose name its companions do not share, the id and what is odd. Such
        triggers keep their own names; those without one get the first.
    """
    group = {id: id for id in given}

    def root(id: str) -> str:
        while group[id] != id:
            id = group[id]
        return id

    for one, other in joined:
        group[root(one)] = root(other)
    members: dict[str, list[str]] = {}
    for id in given:
        members.setdefault(root(id), []).append(id)
    names: dict[str, str | None] = {}
    odd = []
    for ids in members.values():
        written = list(dict.fromkeys(name for id in ids if (name := given[id]) is not None))
        name = written[0] if written else new_name(ids) if len(ids) > 1 else None
        names.update({id: given[id] or name for id in ids})
        if len(written) > 1:
            odd.append((ids[0], f"joined as one event, but named {', '.join(written)}; each keeps its name"))
    return names, odd
