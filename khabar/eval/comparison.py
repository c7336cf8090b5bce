"""Ledger lines as tables, for terminals and pages alike."""

from __future__ import annotations

import math

from khabar.eval.ledger import WATCHED, Line, System

_SIDE_BY_SIDE = 3
Rows = tuple[list[str], list[list[str]]]
"""Header and rows of a table."""


def score_rows(line: Line) -> Rows:
    """Header and rows: every metric in percent, one group of columns a system; of more than three, a row a system."""
    if len(line.systems) > _SIDE_BY_SIDE:
        shown = [metric for metric in WATCHED if metric in next(iter(line.systems.values())).scores]
        return ["F1", *shown], [
            [
                role,
                *(
                    f"{_percent(s.scores[m].f1)} ({_percent(s.scores[m].ci[0])}–{_percent(s.scores[m].ci[1])})"
                    for m in shown
                ),
            ]
            for role, s in line.systems.items()
        ]
    several = len(line.seeds) > 1
    header = ["metric"]
    for role in line.systems:
        header += [f"{role} P", "R", "F1", "95 % CI", *(["SD"] if several and _varies(line, role) else [])]
    rows = []
    for metric in next(iter(line.systems.values())).scores:
        row = [metric]
        for role, system in line.systems.items():
            score = system.scores[metric]
            row += [_percent(score.precision), _percent(score.recall), _percent(score.f1)]
            row.append(f"{_percent(score.ci[0])}–{_percent(score.ci[1])}")
            row += [_percent(score.seed_sd)] if several and _varies(line, role) else []
        rows.append(row)
    return header, rows


def part_rows(line: Line) -> Rows:
    """Header and rows: F1 of `WATCHED` in every part, in percent, systems in order.

    No row where there is one part or none, and none for more systems than can be read in a cell.
    """
    systems = [system for system in line.systems.values() if system.parts]
    header = [f"F1, {' → '.join(line.systems)}", *WATCHED]
    parts = list(systems[0].parts) if systems and len(systems) <= _SIDE_BY_SIDE else []
    parts = parts if len(parts) > 1 else []
    rows = [[p, *(" → ".join(_percent(s.parts[p][key]) for s in systems) for key in WATCHED)] for p in parts]
    return header, rows


def variance_rows(line: Line) -> Rows:
    """Header and rows: standard deviation of F1, in points, over seeds, over parts, and what neither explains."""
    header = ["SD of F1 in points", *WATCHED]
    rows = []
    for role, system in line.systems.items():
        for i, source in enumerate(("seeds", "stories", "rest")):
            if system.variances:
                rows.append([f"{role}, {source}", *(_percent(math.sqrt(system.variances[m][i])) for m in WATCHED)])
    return header, rows


def caption(line: Line, shown: str | None = None) -> str:
    """What was measured, in a sentence or two.

    Args:
        line: The line.
        shown: What is shown beside the scores; what `score_rows` shows if None.
    """
    systems = "; ".join(
        f"{', '.join(roles)}: {made}"
        for made in dict.fromkeys(map(_made, line.systems.values()))
        for roles in [[role for role, system in line.systems.items() if _made(system) == made]]
    )
    seeds = f", {len(line.seeds)} {'seed' if len(line.seeds) == 1 else 'seeds'}" if line.seeds else ""
    revision = (line.revision or "none")[:12] + ("-dirty" if (line.revision or "").endswith("-dirty") else "")
    spread = "; SD of F1 over seeds" if len(line.systems) <= _SIDE_BY_SIDE and len(line.seeds) > 1 else ""
    unit = line.unit if line.documents != 1 else line.unit.removesuffix("s")
    shown = shown or f"intervals by bootstrap over both{spread}"
    return (
        f"Benchmark `{line.benchmark}`: {line.documents} {unit}{seeds}; {systems}. Percent, counts pooled over "
        f"{line.unit} and seeds; {shown}. Revision `{revision}`, corpus "
        f"{line.corpus_version}, scored on `{line.corpus_sha256[:12]}`, line `{line.id}`."
    )


def _made(system: System) -> str:
    return f"`{system.recipe}`{_encoder(system.encoder)}"


def _encoder(encoder: str | None) -> str:
    if encoder is None:
        return ""
    return " with an encoder that starts at random" if encoder == "random" else f" with the encoder {encoder}"


def _varies(line: Line, role: str) -> bool:
    return any(score.seed_sd for score in line.systems[role].scores.values())


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
