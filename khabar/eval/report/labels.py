"""What labels are called in Arabic."""

from __future__ import annotations

from khabar.corpus.store import Project
from khabar.yaml_file import parse_yaml, read_text


def arabic_names(project: Project) -> dict[str, str]:
    """Arabic names of labels: of types from the ontology, of roles and stances from the annotators' definitions.

    Args:
        project: Its `annotation/examples.yaml`, where there is one, defines a label as `name: definition`.

    Returns:
        By label; labels that nothing names in Arabic are not there.

    Raises:
        InputError: If the definitions are no YAML.
    """
    names = {label: event.arabic for label, event in project.ontology.events.items()}
    definitions = project.root / "annotation" / "examples.yaml"
    content = parse_yaml(read_text(definitions), definitions) if definitions.is_file() else None
    for section in ("roles", "stances", "realis", "polarity"):
        for label, told in ((content or {}).get(section) or {}).items():
            name, colon, _ = str(told.get("arabic", "")).partition(":")
            if colon:
                names.setdefault(label, name.strip())
    return names
