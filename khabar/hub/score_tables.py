"""The tables of scores that pages hold, and what may be said of them: all from the ledger."""

from __future__ import annotations

from collections.abc import Callable

from khabar.corpus.store import Project
from khabar.eval.compare import SIGNIFICANT, Side, compare, compare_rows
from khabar.eval.comparison import caption, part_rows, score_rows
from khabar.eval.ledger import ENTITY, WATCHED, Line, last_accepted
from khabar.eval.ledger import read as read_ledger
from khabar.markdown import table

_ENTITIES = "external-ner"
_BY_STORY = ("stories", "designs")  # benchmarks that hold out one story after the other, and may stand side by side
_NOTHING = "No result is accepted yet."


def scores_table(project: Project, benchmark: str = "stories") -> str:
    """The accepted result of a benchmark."""
    line = last_accepted(project.ledger, benchmark)
    if line is None:
        return _NOTHING
    tables = [rows for rows in (score_rows(line), part_rows(line)) if rows[1]]
    return "\n\n".join([caption(line), *(table(*rows) for rows in tables)])


def verdict(project: Project, benchmark: str = "stories") -> str:
    """Where the accepted model of a benchmark stands against its floor."""
    line = last_accepted(project.ledger, benchmark)
    return _NOTHING if line is None else standing(line)


def standing(line: Line) -> str:
    """Where a line's model stands against its floor, by a paired test over sentences, in a sentence or two."""
    floor = line.systems["floor"]
    tests = compare(Side(line, "model"), Side(line, "floor"))
    told: dict[str, list[str]] = {"above": [], "not shown to differ from": [], "below": []}
    for metric, test in tests.items():
        if floor.scores[metric].f1 > 0:
            where = "not shown to differ from" if test.p >= SIGNIFICANT else "above" if test.difference > 0 else "below"
            told[where].append(f"{metric} ({100 * test.difference:+.1f}, p {test.p:.4f})")
    sentences = [f"{where} it in {', '.join(metrics)}" for where, metrics in told.items() if metrics]
    if sentences:
        against = f"Against the {floor.recipe}, by a paired test over sentences, the model is"
        sentences = [f"{against} {'; '.join(sentences)}."]
    if silent := [metric for metric in tests if floor.scores[metric].f1 == 0]:
        sentences.append(f"Of {', '.join(silent)} the {floor.recipe} finds nothing.")
    return " ".join(sentences)


def versus(project: Project, recipe: str, same_text: bool = True) -> str:
    """The accepted model of the stories against the last one that another recipe made with the same encoder and seeds.

    A benchmark of designs holds out the same stories, so its model counts, too.

    Args:
        project: Holds the ledger.
        recipe: The other recipe's name.
        same_text: Whether both must have been trained on the same supplement.
    """
    line = last_accepted(project.ledger, "stories")
    others = [other for other in read_ledger(project.ledger) if line and _is_rival(other, line, recipe, same_text)]
    if line is None or not others:
        return f"`{recipe}` was not measured beside what is accepted."
    sides = [Side(one, "model") for one in (line, others[-1])]
    return f"F1 in percent; {', '.join(side.told for side in sides)}.\n\n{table(*compare_rows(*sides))}"


def _is_rival(other: Line, line: Line, recipe: str, same_text: bool) -> bool:
    if other.benchmark not in _BY_STORY or (other.corpus_sha256, other.seeds) != (line.corpus_sha256, line.seeds):
        return False
    theirs, ours = other.systems["model"], line.systems["model"]
    texts = theirs.supplement_sha256 == ours.supplement_sha256 or not same_text
    return (theirs.recipe, theirs.encoder) == (recipe, ours.encoder) and texts


def ablation_table(project: Project, benchmark: str) -> str:
    """What each change of a recipe is worth: its F1, and how it differs from the recipe as it is, by a paired test."""
    line = last_accepted(project.ledger, benchmark)
    if line is None:
        return _NOTHING
    rows = []
    for role, system in line.systems.items():
        tests = {} if role == "model" else compare(Side(line, role), Side(line, "model"))
        cells = []
        for metric in WATCHED:
            score = system.scores[metric]
            spread = f" ± {100 * score.seed_sd:.1f}" if score.seed_sd else ""
            test = f" ({100 * tests[metric].difference:+.1f}, p {tests[metric].p:.4f})" if metric in tests else ""
            cells.append(f"{100 * score.f1:.1f}{spread}{test}")
        rows.append([role, *cells])
    shown = "SD of F1 over seeds; in brackets the difference from `model`, and its p by a paired test over sentences"
    return f"{caption(line, shown)}\n\n{table(['F1', *WATCHED], rows)}"


def entities_table(project: Project) -> str:
    """What each encoder reached on the named entities of the newest such line: a row an encoder, its newest line."""
    lines = [line for line in read_ledger(project.ledger) if line.benchmark == _ENTITIES]
    lines = [line for line in lines if line.corpus_sha256 == lines[-1].corpus_sha256]
    if not lines:
        return "No encoder was measured on named entities."
    types = [metric for metric in lines[-1].systems["model"].scores if metric != ENTITY]
    rows = []
    for line in {line.systems["model"].encoder: line for line in lines}.values():
        model = line.systems["model"]
        spread = f" ± {100 * model.scores[ENTITY].seed_sd:.1f}" if len(line.seeds) > 1 else ""
        whole, *parts = (f"{100 * model.scores[metric].f1:.1f}" for metric in (ENTITY, *types))
        rows.append([f"`{model.encoder}`", str(len(line.seeds)), whole + spread, *parts, f"`{line.id}`"])
    return table(["encoder", "seeds", "F1 ± SD", *(t.removeprefix(f"{ENTITY}.") for t in types), "line"], rows)


SCORE_BLOCKS: dict[str, Callable[[Project], str]] = {
    "scores": scores_table,
    "transfer": lambda project: scores_table(project, "transfer"),
    "transfer_curve": lambda project: scores_table(project, "transfer-curve"),
    "supplement_parts": lambda project: scores_table(project, "supplement-parts"),
    "designs": lambda project: ablation_table(project, "designs"),
    "choices": lambda project: ablation_table(project, "choices"),
    "flat": lambda project: versus(project, "flat"),
    "without_supplement": lambda project: versus(project, "articles", same_text=False),
    "entities": entities_table,
    "verdict": verdict,
    "transfer_verdict": lambda project: verdict(project, "transfer"),
}
"""The blocks that pages hold of scores."""
