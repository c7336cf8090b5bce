"""The dataset's card: metadata that the Hub reads, and a page from which a reader learns what the data is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import regex
import yaml
from pydantic import BaseModel, ConfigDict

from khabar.corpus.stats import stats
from khabar.corpus.store import Project
from khabar.errors import InputError
from khabar.hub import number_tables
from khabar.hub.dataset import AUTHORED, CONFIGS, Files, Material, Table, material_of, tables
from khabar.hub.vocabulary import check_metadata, size_category
from khabar.markdown import table
from khabar.training.provenance import corpus_digest, revision_of
from khabar.yaml_file import read_yaml

_TASKS = ["token-classification", "text-classification"]
_TAGS = ["event-extraction", "attribution", "arabic", "news"]
_LICENCES = ("LICENSE-ANNOTATIONS.md",)
_LINK = regex.compile(r"\[([^\]]+)\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")


class CardTexts(BaseModel):
    """What a card says that no code can count: `corpus/card.yaml`.

    Attributes:
        pretty_name: The dataset's name.
        summary: What it is.
        language: Its languages (ISO 639).
        annotations_creators: In the Hub's words.
        language_creators: In the Hub's words.
        source_datasets: In the Hub's words.
        made: How it was annotated, and by whom.
        not_for: What it must not be used for.
        limits: What it cannot do.
        licence_of_texts: Whose the texts are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    pretty_name: str
    summary: str
    language: list[str] = ["ar"]
    annotations_creators: list[str]
    language_creators: list[str]
    source_datasets: list[str] = ["original"]
    made: str
    not_for: str
    limits: list[str]
    licence_of_texts: str


Text = Literal["full", "standoff"]
"""How much of the articles is published: all of their text, or no word of it."""


def dataset_files(project: Project, text: Text = "full") -> dict[str, bytes]:
    """All files of the published dataset.

    Args:
        project: Whose.
        text: How much of the articles' text they hold.

    Raises:
        InputError: If the project's documents, splits or card texts cannot be published.
    """
    if text != "full":
        raise InputError(f"this version of khabar cannot publish --text {text} yet; there is --text full")
    texts = read_yaml(project.root / "corpus" / "card.yaml", CardTexts)
    material = material_of(project)
    made = tables(material)
    files: dict[str, bytes] = {one.path: one.data for one in made}
    files["ontology.yaml"] = (project.root / "corpus" / "ontology.yaml").read_bytes()
    for name in ("DATASHEET.md", *_LICENCES):
        if (project.root / name).is_file():
            files[name] = (project.root / name).read_bytes()
    files["README.md"] = _card(project, texts, material, made).encode()
    return {name: _unlinked(name, data, files) for name, data in files.items()}


def metadata_of(texts: CardTexts, made: Sequence[Table]) -> dict[str, Any]:
    """The card's YAML.

    Raises:
        InputError: If it holds what the Hub does not know.
    """
    sentences = sum(one.rows for one in made if one.config in ("tokens", "documents"))
    licence = {
        "license": "other",
        "license_name": "cc-by-4.0-annotations-texts-belong-to-publishers",
        "license_link": "LICENSE-ANNOTATIONS.md",
    }
    metadata = {
        "pretty_name": texts.pretty_name,
        "language": texts.language,
        **licence,
        "annotations_creators": texts.annotations_creators,
        "language_creators": texts.language_creators,
        "multilinguality": ["monolingual" if len(texts.language) == 1 else "multilingual"],
        "source_datasets": texts.source_datasets,
        "size_categories": [size_category(sentences)],
        "task_categories": _TASKS,
        "tags": _TAGS,
        **layout_metadata(made),
    }
    check_metadata(metadata, "corpus/card.yaml")
    return metadata


def layout_metadata(made: Sequence[Table]) -> dict[str, Any]:
    """The card's `configs` and `dataset_info`: by these the clients find files and know their types."""
    configs = list(dict.fromkeys(one.config for one in made))
    inside = {config: [one for one in made if one.config == config] for config in configs}
    return {
        "configs": [
            {
                "config_name": config,
                **({"default": True} if config == configs[0] else {}),
                "data_files": [{"split": one.split, "path": one.path} for one in inside[config]],
            }
            for config in configs
        ],
        "dataset_info": [
            {
                "config_name": config,
                "features": inside[config][0].features,
                "splits": [
                    {"name": one.split, "num_bytes": len(one.data), "num_examples": one.rows} for one in inside[config]
                ],
                "download_size": sum(len(one.data) for one in inside[config]),
                "dataset_size": sum(len(one.data) for one in inside[config]),
            }
            for config in configs
        ],
    }


def page(metadata: dict[str, Any], sections: Sequence[str]) -> str:
    """A card: metadata and sections."""
    return f"---\n{yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)}---\n\n" + "\n\n".join(sections) + "\n"


def _card(project: Project, texts: CardTexts, material: Material, made: Sequence[Table]) -> str:
    documents = [d for split in material.splits.values() for d in split]
    sections = [
        f"# {texts.pretty_name}\n\n{texts.summary}",
        f"**Must not be used** {texts.not_for}",
        number_tables.summary(project),
    ]
    sections.append(f"## An example\n\n{number_tables.picture(project)}")
    sections += [
        f"## Loading\n\n{_loading()}",
        f"## Configs and splits\n\nSplits never divide a story.\n\n{rows_table(made)}",
        f"## What it holds\n\n{number_tables.documents_table(project)}\n\n{number_tables.labels_table(project)}",
    ]
    if material.authored:
        sections.append(authored_section(material))
    sections.append(f"## How it was made\n\n{texts.made}")
    first = project.rounds / "1"
    if (first / "a").is_dir() and (first / "b").is_dir():
        sections.append(f"### Agreement\n\n{number_tables.agreement_table(project)}")
    sections += [
        f"## Benchmark\n\n{number_tables.scores_table(project)}",
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in texts.limits),
        "## Licences\n\nAnnotations: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). "
        f"{texts.licence_of_texts}",
        f"## Version\n\nCorpus {project.corpus_version}, "
        f"revision `{_short(revision_of(project.root))}`; digest `{corpus_digest(documents)[:12]}`.",
    ]
    if (project.root / "DATASHEET.md").is_file():
        sections.append("More: [DATASHEET.md](DATASHEET.md).")
    return page(metadata_of(texts, made), sections)


def _short(revision: str | None) -> str:
    if revision is None:
        return "unknown"
    return revision[:12] + ("-dirty" if revision.endswith("-dirty") else "")


def authored_section(material: Material) -> str:
    """What the card says of invented documents."""
    total = stats(material.authored, material.ontology)["total"]
    return (
        f"## Config `{AUTHORED}`: invented documents\n\n"
        "**The events of these documents never happened.** The stories, and the people and places in them, were made "
        "up to train on; they are no news and nobody published them as such, and must never be quoted as reports.\n\n"
        f"{total['documents']} documents, {total['sentences']} sentences, {total['words']:,} words, {total['events']} "
        f"events, {total['attributions']} attributions. Nested like `documents`, split `train` only: nothing is "
        "measured on them. Text and annotation are licensed CC BY 4.0."
    )


def rows_table(made: Sequence[Table]) -> str:
    """Rows by config and split."""
    return table(["config", "split", "rows"], [[f"`{one.config}`", one.split, one.rows] for one in made])


def _loading() -> str:
    names = CONFIGS
    lines = [
        "```python",
        "from datasets import load_dataset",
        "",
        f'rows = load_dataset("REPOSITORY", "{names[0]}")  # or {", ".join(names[1:])}',
        "```",
        "",
        "Put this repository's id, or a folder with its files, in place of `REPOSITORY`. Labels are `ClassLabel`; "
        "offsets count Unicode code points into the document's text, end exclusive.",
    ]
    lines.append(
        "\n`tokens`: a sentence a row, IOB2 tags in three layers (`lost` counts spans that overlap a longer one). "
        "`documents`: everything, nested. `events`, `attributions`: one a row, flat columns to filter by."
    )
    return "\n".join(lines)


def _unlinked(name: str, data: bytes, files: Files) -> bytes:
    """A page without links to pages that are not published with it."""
    if Path(name).suffix != ".md":
        return data

    def link(match: regex.Match[str]) -> str:
        return match.group() if match[2] in files else match[1]

    return _LINK.sub(link, data.decode()).encode()
