"""The labelling interface (Label Studio's XML), made from the ontology.

Colours tell the layer, words tell the label: fifteen colours cannot be told apart by everybody, six can. They are
the palette of Okabe and Ito (2008, https://jfly.uni-koeln.de/color/), made for colour-blind readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

from khabar.ontology import Ontology

TEXT = "text"
TRIGGER, ARGUMENT, ATTRIBUTION = "trigger", "argument", "attribution"
POLARITY, REALIS, CLUSTER = "polarity", "realis", "cluster"
STANCE, SAID = "stance", "attribution_polarity"
"""Names of the controls, as they stand in the results as `from_name`."""

PHRASE = "Argument"
NO_CUE = "NoCue"
"""The label of an argument's phrase, and the label that stands on the source where an attribution has no cue word."""

SOURCE_OF, CHANNEL_OF, COVERS, SAME_EVENT = "source", "channel", "covers", "same-event"
"""Relations beside the roles: from a cue to its source, to its channel, to a trigger; between two triggers."""

LAYER_COLOURS = {
    TRIGGER: "#D55E00",
    ARGUMENT: "#0072B2",
    "cue": "#009E73",
    "source": "#CC79A7",
    "channel": "#E69F00",
    "nocue": "#56B4E9",
}

_STYLE = """
.khabar-text .lsf-htx-richtext { direction: rtl; text-align: right; line-height: 3; font-size: 20px;
  white-space: pre-wrap; font-family: "Noto Naskh Arabic", "Noto Sans Arabic", Amiri, "Times New Roman", serif; }
.khabar-text { padding-top: 22px; }
.khabar-text [class*=highlight]::after { unicode-bidi: isolate; direction: ltr; font-size: 11px; }
.khabar-bar { position: sticky; top: 0; z-index: 500; background: #fff; padding-bottom: 6px;
  border-bottom: 1px solid #ddd; }
.khabar-bar .lsf-labels { margin: 2px 0; }
.khabar-values { position: sticky; bottom: 0; z-index: 500; background: #fff; min-height: 44px; padding: 4px 0;
  border-top: 1px solid #ddd; display: flex; flex-wrap: wrap; gap: 0 20px; align-items: center; }
.khabar-values h3, .khabar-values h4, .khabar-values h5, .khabar-values h6 { font-size: 12px; margin: 0;
  font-weight: normal; color: #555; }
.khabar-values .lsf-choices { margin: 0; }
"""
_TYPE_KEYS = "1234567890qwetyuiop"
_ATTRIBUTION_KEYS = "dsfg"
_PHRASE_KEY = "a"
_PHRASE_ARABIC = "عنصر"
_ATTRIBUTION_ARABIC = ("لفظ العزو", "مصدر", "قناة", "عزو بلا لفظ")


@dataclass(frozen=True)
class Labels:
    """Every label that an interface offers, by control; what a push must not take away while it is in use.

    Attributes:
        controls: Labels and choices by the name of their control.
        relations: Names of relations.
    """

    controls: Mapping[str, frozenset[str]]
    relations: frozenset[str]


def relation_names(ontology: Ontology) -> tuple[str, ...]:
    """Names of all relations: the roles, then those of attributions and of events with one another."""
    return (*ontology.roles, SOURCE_OF, CHANNEL_OF, COVERS, SAME_EVENT)


def attribution_labels(ontology: Ontology) -> tuple[str, str, str, str]:
    """The labels of cue, source, channel, and of an attribution without a cue word."""
    return (*ontology.attribution.mentions, NO_CUE)


def interface(ontology: Ontology, arabic: Mapping[str, str] | None = None, *, adjudication: bool = False) -> str:
    """The labelling interface.

    Args:
        ontology: The project's labels.
        arabic: Names in Arabic by label, shown beside the English; those of event types are in the ontology.
        adjudication: Whether tasks bring a table of differences (`differences`) to be shown above the text.

    Returns:
        XML for Label Studio: the same for the same labels.
    """
    names = {PHRASE: _PHRASE_ARABIC} | dict(zip(attribution_labels(ontology), _ATTRIBUTION_ARABIC, strict=True))
    names |= dict(arabic or {}) | {name: event.arabic for name, event in ontology.events.items()}
    view = Xml.Element("View")
    Xml.SubElement(view, "Style").text = _STYLE
    relations = Xml.SubElement(view, "Relations")
    for name in relation_names(ontology):
        Xml.SubElement(relations, "Relation", value=name)
    bar = Xml.SubElement(view, "View", className="khabar-bar")
    keys = iter(_TYPE_KEYS)
    types = [(name, LAYER_COLOURS[TRIGGER], next(keys, None)) for name in ontology.types]
    _labels(bar, TRIGGER, types, names)
    _labels(bar, ARGUMENT, [(PHRASE, LAYER_COLOURS[ARGUMENT], _PHRASE_KEY)], names)
    colours = (LAYER_COLOURS[layer] for layer in ("cue", "source", "channel", "nocue"))
    attribution = zip(attribution_labels(ontology), colours, _ATTRIBUTION_KEYS, strict=True)
    _labels(bar, ATTRIBUTION, attribution, names)
    if adjudication:
        Xml.SubElement(view, "HyperText", name="differences_shown", value="$differences", inline="true")
    text = Xml.SubElement(view, "View", className="khabar-text", style="direction: rtl; text-align: right;")
    Xml.SubElement(text, "Text", name=TEXT, value="$text", granularity="symbol", showLabels="true")
    # Below the text, so that it does not jump when a region is chosen.
    values = Xml.SubElement(view, "View", className="khabar-values")
    _choices(values, TRIGGER, None, POLARITY, ontology.polarity, names)
    _choices(values, TRIGGER, None, REALIS, ontology.realis, names)
    group = _when(values, TRIGGER, None)
    Xml.SubElement(
        group, "TextArea", name=CLUSTER, toName=TEXT, perRegion="true", maxSubmissions="1", editable="true", rows="1",
        placeholder="cluster · اسم الواقعة",
    )  # fmt: skip
    with_stance = ",".join((ontology.attribution.mentions[0], NO_CUE))
    _choices(values, ATTRIBUTION, with_stance, STANCE, ontology.attribution.stance, names)
    _choices(values, ATTRIBUTION, with_stance, SAID, ontology.attribution.polarity, names)
    Xml.indent(view)
    return Xml.tostring(view, encoding="unicode") + "\n"


def labels_of(config: str) -> Labels:
    """The labels that an interface offers.

    Raises:
        ElementTree.ParseError: If it is no XML.
    """
    root = Xml.fromstring(config)
    controls = {
        control.get("name", ""): frozenset(item.get("value", "") for item in control if item.tag in ("Label", "Choice"))
        for control in root.iter()
        if control.tag in ("Labels", "Choices", "TextArea")
    }
    return Labels(controls, frozenset(r.get("value", "") for r in root.iter("Relation")))


def used_labels(results: Iterable[Iterable[Mapping[str, object]]]) -> Labels:
    """The labels that annotations use, in the shape of what an interface offers."""
    controls: dict[str, set[str]] = {}
    relations: set[str] = set()
    for item in (item for result in results for item in result):
        if item.get("type") == "relation":
            relations.update(_strings(item.get("labels")))
            continue
        value = item.get("value")
        kept = controls.setdefault(str(item.get("from_name")), set())
        if isinstance(value, Mapping):
            kept.update(_strings(value.get("labels")), _strings(value.get("choices")))
    return Labels({name: frozenset(labels) for name, labels in controls.items()}, frozenset(relations))


def orphaned(config: str, used: Labels) -> list[str]:
    """What annotations use and an interface does not offer, as `control: label`, sorted."""
    offered = labels_of(config)
    lost = [
        f"{name}: {label}"
        for name, labels in used.controls.items()
        for label in (labels - offered.controls.get(name, frozenset()))
    ]
    lost += [f"{name}: the whole control" for name in used.controls if name not in offered.controls]
    return sorted(lost + [f"relation: {name}" for name in used.relations - offered.relations])


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _labels(
    parent: Xml.Element, name: str, labels: Iterable[tuple[str, str, str | None]], arabic: Mapping[str, str]
) -> None:
    control = Xml.SubElement(parent, "Labels", name=name, toName=TEXT, showInline="true")
    for value, colour, key in labels:
        label = Xml.SubElement(control, "Label", value=value, background=colour, html=_html(value, arabic))
        if key:
            label.set("hotkey", key)


def _choices(
    parent: Xml.Element, tag: str, label: str | None, name: str, values: Iterable[str], arabic: Mapping[str, str]
) -> None:
    group = _when(parent, tag, label)
    Xml.SubElement(group, "Header", value=name.replace("_", " "), size="6")
    control = Xml.SubElement(
        group, "Choices", name=name, toName=TEXT, perRegion="true", choice="single-radio", showInline="true"
    )
    for value in values:
        Xml.SubElement(control, "Choice", value=value, html=_html(value, arabic))


def _when(parent: Xml.Element, tag: str, label: str | None) -> Xml.Element:
    group = Xml.SubElement(parent, "View", visibleWhen="region-selected", whenTagName=tag)
    if label:
        group.set("whenLabelValue", label)
    return group


def _html(value: str, arabic: Mapping[str, str]) -> str:
    other = arabic.get(value)
    return escape(value) + (f' <span dir="rtl" lang="ar">{escape(other)}</span>' if other else "")
