"""The dataset's card: metadata that the Hub reads, and a page from which a reader learns what the data is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import regex
import yaml
from pydantic import BaseModel, ConfigDict

from khabar.corpus.stats import stats
from khabar.corpus.store import Project
from khabar.hub import number_tables, score_tables
from khabar.hub.croissant import FILE, croissant
from khabar.hub.dataset import AUTHORED, LAYOUTS, Files, Layout, Material, Table, configs_of, material_of, tables
from khabar.hub.vocabulary import check_metadata, size_category
from khabar.markdown import table
from khabar.training.provenance import corpus_digest, revision_of
from khabar.yaml_file import read_yaml

_TASKS = ["token-classification", "text-classification"]
_LICENCES = ("LICENSE-ANNOTATIONS.md",)
_COMMONS = regex.compile(r"cc-(by[a-z-]*)-(\d\.\d)")
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
        tags: To find it by.
        license: Of the annotations, in the Hub's words.
        licence_of_texts: Whose the texts are.
        personal: What it tells of persons.
        authored: Who wrote and who annotated the invented documents, and what that is worth.
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
    tags: list[str] = ["event-extraction", "attribution"]
    license: str = "cc-by-4.0"
    licence_of_texts: str
    personal: str | None = None
    authored: str = ""


def dataset_files(project: Project, layout: Layout = "full", repository: str | None = None) -> dict[str, bytes]:
    """All files of the published dataset.

    Args:
        project: Whose.
        layout: With the articles' text, or stand-off.
        repository: Where they will be, so that the card shows how to load them from there.

    Raises:
        InputError: If the project's documents, splits or card texts cannot be published.
    """
    texts = read_yaml(project.root / "corpus" / "card.yaml", CardTexts)
    material = material_of(project)
    made = tables(material, layout)
    files: dict[str, bytes] = {one.path: one.data for one in made}
    files[FILE] = croissant(texts, made, project.corpus_version, _terms(texts, layout))
    files["ontology.yaml"] = (project.root / "corpus" / "ontology.yaml").read_bytes()
    for name in ("DATASHEET.md", *_LICENCES):
        if (project.root / name).is_file():
            files[name] = (project.root / name).read_bytes()
    files["README.md"] = _card(project, texts, material, made, layout, repository).encode()
    return {name: _unlinked(name, data, files) for name, data in files.items()}


def metadata_of(texts: CardTexts, made: Sequence[Table], layout: Layout = "full") -> dict[str, Any]:
    """The card's YAML.

    Raises:
        InputError: If it holds what the Hub does not know.
    """
    rows = sum(one.rows for one in made if one.config in (configs_of(layout)[0], AUTHORED))
    licence = {
        "license": "other",
        "license_name": f"{texts.license}-annotations-texts-belong-to-publishers",
        "license_link": "LICENSE-ANNOTATIONS.md",
    }
    metadata = {
        "pretty_name": texts.pretty_name,
        "language": texts.language,
        **(licence if layout == "full" else {"license": texts.license}),
        "annotations_creators": texts.annotations_creators,
        "language_creators": texts.language_creators,
        "multilinguality": ["monolingual" if len(texts.language) == 1 else "multilingual"],
        "source_datasets": texts.source_datasets,
        "size_categories": [size_category(rows)],
        "task_categories": _TASKS,
        "tags": texts.tags,
        **layout_metadata(made),
    }
    for told in (metadata, {"license": texts.license}):
        check_metadata(told, "corpus/card.yaml")
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


def _card(
    project: Project,
    texts: CardTexts,
    material: Material,
    made: Sequence[Table],
    layout: Layout,
    repository: str | None,
) -> str:
    documents = [d for split in material.splits.values() for d in split]
    sections = [
        f"# {texts.pretty_name}\n\n{texts.summary}",
        f"**Must not be used** {texts.not_for}",
        number_tables.summary(project),
    ]
    if layout == "standoff":
        sections.append(f"## Without text\n\n{_standoff()}")
    if shown := documents if layout == "full" else material.authored:
        sections.append(f"## An example\n\n{number_tables.picture(shown, project.ontology)}")
    sections += [
        f"## Loading\n\n{_loading(layout, repository)}",
        f"## Configs and splits\n\nSplits never divide a story.\n\n{rows_table(made)}",
        f"## What it holds\n\n{number_tables.documents_table(project)}\n\n{number_tables.labels_table(project)}",
    ]
    if material.authored:
        sections.append(authored_section(material, texts))
    sections.append(f"## How it was made\n\n{texts.made}")
    sections.append(f"### Agreement\n\n{number_tables.agreement_table(project)}")
    sections += [
        f"## Benchmark\n\n{score_tables.scores_table(project)}",
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in texts.limits),
        f"## Licences\n\nAnnotations: {_linked(texts.license)}. {texts.licence_of_texts}",
        f"## Version\n\nCorpus {project.corpus_version}, "
        f"revision `{_short(revision_of(project.root))}`; digest `{corpus_digest(documents)[:12]}`.",
    ]
    if (project.root / "DATASHEET.md").is_file():
        sections.append("More: [DATASHEET.md](DATASHEET.md).")
    metadata = metadata_of(texts, made, layout)
    if not all((project.root / name).is_file() for name in _LICENCES):
        metadata.pop("license_link", None)
    return page(metadata, sections)


def _terms(texts: CardTexts, layout: Layout) -> str:
    """The terms of what is published, in one line."""
    own = _linked(texts.license)
    address = regex.search(r"\((.*)\)", own)
    licence = address[1] if address else texts.license
    return licence if layout == "standoff" else f"Annotations: {licence}. {texts.licence_of_texts}"


def _linked(licence: str) -> str:
    """A licence as a reader knows it, linked where its name tells where it stands."""
    if commons := _COMMONS.fullmatch(licence):
        kind, version = commons.groups()
        return f"[CC {kind.upper()} {version}](https://creativecommons.org/licenses/{kind}/{version}/)"
    return f"`{licence}`"


def _short(revision: str | None) -> str:
    if revision is None:
        return "unknown"
    return revision[:12] + ("-dirty" if revision.endswith("-dirty") else "")


def authored_section(material: Material, texts: CardTexts) -> str:
    """What the card says of invented documents."""
    total = stats(material.authored, material.ontology)["total"]
    return (
        f"## Config `{AUTHORED}`: invented documents\n\n"
        "**The events of these documents never happened.** The stories, and the people and places in them, were made "
        "up to train on; they are no news and nobody published them as such, and must never be quoted as reports."
        f"{texts.authored and f' {texts.authored}'}\n\n"
        f"{total['documents']} documents, {total['sentences']} sentences, {total['words']:,} words, {total['events']} "
        f"events, {total['attributions']} attributions. Nested like `documents`, split `train` only: nothing is "
        f"measured on them. Text and annotation: {_linked(texts.license)}."
    )


def rows_table(made: Sequence[Table]) -> str:
    """Rows by config and split."""
    return table(["config", "split", "rows"], [[f"`{one.config}`", one.split, one.rows] for one in made])


def _standoff() -> str:
    return (
        f"This layout holds {LAYOUTS['standoff']}.\n\n```sh\nkhabar rehydrate FOLDER --articles MY-COPIES --to "
        "WITH-TEXT\n```\n\nbuilds the layout with text: `FOLDER` has this repository's files, `MY-COPIES` the articles "
        "as they were published (text, web pages). Every hash is verified; a text that differs is told with the place."
    )


def _loading(layout: Layout, repository: str | None) -> str:
    names = configs_of(layout)
    lines = [
        "```python",
        "from datasets import load_dataset",
        "",
        f'rows = load_dataset("{repository or "FOLDER"}", "{names[0]}")  # or {", ".join(names[1:])}',
        "```",
        "",
        f"{'' if repository else '`FOLDER` is one with these files. '}Labels are `ClassLabel`; "
        "offsets count Unicode code points into the document's text, end exclusive.",
    ]
    tokens = "`tokens`: a sentence a row, IOB2 tags in three layers (`lost` counts spans that overlap a longer one). "
    lines.append(
        f"\n{tokens if 'tokens' in names else ''}"
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
