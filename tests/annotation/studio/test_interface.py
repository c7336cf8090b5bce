"""The interface: everything in it comes from the ontology, keys and colours can be told apart, labels in use stay."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree as Xml

import pytest

from khabar.annotation.studio.interface import LAYER_COLOURS, interface, labels_of, orphaned, used_labels
from khabar.annotation.studio.tasks import result_of
from khabar.corpus.store import Project
from khabar.document import Document
from tests.annotation.studio.documents import ONTOLOGY
from tests.eval.report.test_colours import contrast

CONFIG = interface(ONTOLOGY)


def test_it_offers_what_the_ontology_holds() -> None:
    offered = labels_of(CONFIG)
    assert offered.controls["trigger"] == set(ONTOLOGY.types)
    assert offered.controls["argument"] == {"Argument"}
    assert offered.controls["attribution"] == {*ONTOLOGY.attribution.mentions, "NoCue"}
    assert offered.controls["stance"] == set(ONTOLOGY.attribution.stance)
    assert offered.controls["realis"] == set(ONTOLOGY.realis)
    assert offered.relations == {*ONTOLOGY.roles, "source", "channel", "covers", "same-event"}


def test_arabic_stands_beside_the_english() -> None:
    for name, event in ONTOLOGY.events.items():
        (label,) = (e for e in Xml.fromstring(CONFIG).iter("Label") if e.get("value") == name)
        assert event.arabic in str(label.get("html"))
    assert "يؤكد" in interface(ONTOLOGY, {"Asserts": "يؤكد"})


def test_no_key_does_two_things() -> None:
    keys = [label.get("hotkey") for label in Xml.fromstring(CONFIG).iter("Label")]
    assert None not in keys
    assert len(set(keys)) == len(keys)


def test_more_types_than_keys_still_give_an_interface() -> None:
    kind = ONTOLOGY.events["Attack"]
    many = ONTOLOGY.model_copy(update={"events": {f"Type{n}": kind for n in range(40)}})
    assert len(labels_of(interface(many)).controls["trigger"]) == 40


def blended(colour: str, share: float) -> str:
    """A colour over white, as Label Studio paints a region."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.8])
def test_text_stands_out_on_every_region(share: float) -> None:
    for colour in LAYER_COLOURS.values():
        assert contrast("#000000", blended(colour, share)) >= 4.5


# Linear RGB as red-blind and green-blind people see it (Viénot, Brettel and Mollon 1999).
DEFICIENT = {
    "protan": ((0.1124, 0.8876, 0.0), (0.1124, 0.8876, 0.0), (0.0040, -0.0040, 1.0)),
    "deutan": ((0.2927, 0.7073, 0.0), (0.2927, 0.7073, 0.0), (-0.0223, 0.0223, 1.0)),
}


@pytest.mark.parametrize("kind", DEFICIENT)
def test_layers_can_be_told_apart_by_the_colour_blind(kind: str) -> None:
    def seen(colour: str) -> tuple[float, ...]:
        linear = [(int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)]
        mixed = (sum(w * c for w, c in zip(row, linear, strict=True)) for row in DEFICIENT[kind])
        return tuple(max(0.0, min(1.0, m)) ** (1 / 2.2) for m in mixed)

    for one, other in combinations(LAYER_COLOURS.values(), 2):
        distance = sum((a - b) ** 2 for a, b in zip(seen(one), seen(other), strict=True)) ** 0.5
        assert distance > 0.12, (one, other)


class TestChange:
    def test_what_is_in_use_and_would_go_is_told(self, document: Document) -> None:
        used = used_labels([result_of(document, ONTOLOGY)])
        assert orphaned(CONFIG, used) == []
        types = {name: event for name, event in ONTOLOGY.events.items() if name != "Injure"}
        less = ONTOLOGY.model_copy(update={"events": types, "roles": ONTOLOGY.roles[:-1], "polarity": ("Positive",)})
        assert orphaned(interface(less), used) == ["polarity: Negative", "relation: Time", "trigger: Injure"]

    def test_what_nobody_used_may_go(self, document: Document) -> None:
        used = used_labels([result_of(document, ONTOLOGY)])
        types = {name: event for name, event in ONTOLOGY.events.items() if name != "Arrest"}
        assert orphaned(interface(ONTOLOGY.model_copy(update={"events": types})), used) == []

    def test_a_control_that_is_gone_is_told(self) -> None:
        used = used_labels([[{"from_name": "mood", "type": "choices", "value": {"choices": ["glad"]}}]])
        assert orphaned(CONFIG, used) == ["mood: glad", "mood: the whole control"]


def test_the_gold_uses_nothing_that_is_not_offered(project: Project) -> None:
    results = [result_of(document, project.ontology) for document in project.gold_documents()]
    assert orphaned(interface(project.ontology), used_labels(results)) == []
