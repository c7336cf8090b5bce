"""The ontology: one file, read strictly."""

from __future__ import annotations

import pytest

from khabar.corpus.store import Project
from khabar.errors import InputError
from khabar.ontology import default_ontology, load_ontology, parse_ontology

MARKET = """
version: 1
roles: [Company, Price]
events: {Rise: {arabic: ارتفاع, roles: [Company, Price]}}
polarity: [Positive, Negative]
realis: [Actual, Other]
attribution: {mentions: [Cue, Source, Channel], polarity: [Positive], stance: [Asserts]}
"""


def test_the_package_carries_the_corpus_ontology(project: Project) -> None:
    assert default_ontology() == project.ontology


def test_types_license_their_roles_alone(project: Project) -> None:
    ontology = project.ontology
    assert len(ontology.types) == 15
    assert ontology.licenses("Attack", "Origin")
    assert not ontology.licenses("Explosion", "Agent")
    assert not ontology.licenses("Party", "Agent")


def test_another_domain_needs_no_code() -> None:
    assert parse_ontology(MARKET).licenses("Rise", "Price")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("Company, Price]}}", "Owner]}}"), "Rise allows Owner, which is not among `roles`"),
        (("version: 1", "version: one"), "version"),
        (("roles: [Company, Price]\n", "roles: Company\n"), "roles"),
        (("Rise", "Rise up"), "'Rise up' is no label"),
        (("polarity: [Positive, Negative]", "polarity: []"), "polarity"),
        (("polarity: [Positive, Negative]", "polarity: [Yes, No]"), "polarity.0: .*put the label in quotes"),
        (("realis:", "realiss:"), "realis"),
        (("realis: [Actual, Other]", "realis: [Actual, Positive]"), "Positive is the name of two labels"),
        (("realis: [Actual, Other]", "realis: [Actual, not so]"), "'not so' is no label"),
        (("roles: [Company, Price]\n", "roles: [Company, Price, Cue]\n"), "Cue is the name of two labels"),
        (("stance: [Asserts]", "stance: [Asserts], positions: {Denies: denies}"), "`positions` holds Denies"),
        (("stance: [Asserts]", "stance: [Asserts], positions: {Asserts: perhaps}"), "positions.Asserts"),
        (("version: 1", "version: 1\nuncounted: [Time]"), "`uncounted` holds Time"),
        (("version: 1", "version: ["), "is not YAML"),
        (("version: 1", "version: 2024-01-01"), "version|holds a value"),
        (("version: 1", "version: &a [*a]"), "holds a value that is no label: Circular reference"),
    ],
)
def test_a_wrong_file_is_told(change: tuple[str, str], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse_ontology(MARKET.replace(*change), "ontology.yaml")


def test_a_missing_file_is_told(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="cannot be read"):
        load_ontology(tmp_path / "ontology.yaml")
