"""What stands where in a stretch of sentences: triggers, cues, sources and channels, and what belongs to what.

Words are counted through, from the first of the first sentence on, so that the sentences of several documents can
stand in one batch without padding; `groups` tells which belong together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from khabar.document import Document, Extent, Span
from khabar.ontology import Ontology
from khabar.training.encode import Places
from khabar.training.layers import Layer, Mention

Link = tuple[int, int]
"""Index of a cue, and of what it is linked to."""


class Trigger(NamedTuple):
    """The word of an event.

    Attributes:
        word: Which.
        type: Index of its type in the ontology's order.
    """

    word: int
    type: int


@dataclass(frozen=True)
class Structure:
    """What links are between.

    Attributes:
        lengths: Words of each sentence.
        groups: To which document each sentence belongs; ascending.
        triggers: By position.
        cues: Words, ascending.
        sources: Words from and to (exclusive), by position, each once.
        channels: Likewise.
    """

    lengths: Sequence[int]
    groups: Sequence[int]
    triggers: Sequence[Trigger] = ()
    cues: Sequence[int] = ()
    sources: Sequence[Extent] = ()
    channels: Sequence[Extent] = ()

    def bounds(self) -> list[int]:
        """Where each sentence begins, and where the last one ends."""
        return list(accumulate(self.lengths, initial=0))


@dataclass(frozen=True)
class Gold:
    """A stretch of sentences with all that is to be learned from it.

    Attributes:
        structure: What stands where.
        speakers: Sources and channels without overlaps.
        phrases: All arguments, sources and channels, whatever they are, without overlaps.
        roles: The arguments of each trigger, without overlaps.
        polarity: Of each trigger, as an index into the ontology's values.
        realis: Likewise.
        stance: Of each cue; of the first attribution where several share it.
        said: Polarity of each cue's attribution, likewise.
        sources: Which cue has which source.
        channels: Which cue has which channel.
        events: Which cue covers which trigger.
        lost: How many mentions were lost to overlaps, by layer.
    """

    structure: Structure
    speakers: Sequence[Mention] = ()
    phrases: Sequence[Mention] = ()
    roles: Sequence[Sequence[Mention]] = ()
    polarity: Sequence[int] = ()
    realis: Sequence[int] = ()
    stance: Sequence[int] = ()
    said: Sequence[int] = ()
    sources: frozenset[Link] = frozenset()
    channels: frozenset[Link] = frozenset()
    events: frozenset[Link] = frozenset()
    lost: Counter[str] = field(default_factory=Counter)


PHRASE = "Phrase"


class Labels(NamedTuple):
    """The layers that one pass tags.

    Attributes:
        trigger: Event types, one word each.
        argument: Roles, asked once a trigger.
        cue: The cue, one word.
        speaker: Source and channel.
        phrase: Anything that is an argument or a speaker: every phrase teaches where phrases begin and end.
    """

    trigger: Layer
    argument: Layer
    cue: Layer
    speaker: Layer
    phrase: Layer


def labels_of(ontology: Ontology) -> Labels:
    """The layers of an ontology."""
    cue, source, channel = ontology.attribution.mentions
    return Labels(
        Layer("trigger", ontology.types, frozenset(ontology.types)),
        Layer("argument", ontology.roles),
        Layer("cue", (cue,), frozenset((cue,))),
        Layer("speaker", (source, channel)),
        Layer("phrase", (PHRASE,)),
    )


def gold(
    document: Document, words: Sequence[Sequence[Extent]], ontology: Ontology, first: int = 0, last: int | None = None
) -> Gold:
    """What is to be learned from some of a document's sentences.

    Args:
        document: An annotated document.
        words: The words of all its sentences, as `encode.words_of` gives them.
        ontology: The labels.
        first: The first sentence of the stretch.
        last: One past its last; the end of the document if None. What lies outside is left out, and links to it.

    Raises:
        InputError: If a span is unsound (see `encode.gold_mentions`).
    """
    last = len(words) if last is None else last
    layers, place = labels_of(ontology), Places(document, words)
    starts = dict(zip(range(first, last), accumulate(map(len, words[first:last]), initial=0), strict=False))

    def find(label: str, span: Span, layer: Layer, name: str) -> Mention | None:
        sentence, mention = place.find(label, span, layer, name)
        if sentence not in starts:
            return None
        shift = starts[sentence]
        return mention._replace(start=mention.start + shift, end=mention.end + shift)

    lost: Counter[str] = Counter()
    triggers: dict[str, Trigger] = {}
    roles, polarity, realis = [], [], []
    for i, event in enumerate(document.events):
        trigger = find(event.type, event.trigger, layers.trigger, f"events[{i}].trigger")
        found = [
            find(argument.role, Span(**argument.model_dump(exclude={"role"})), layers.argument, name)
            for j, argument in enumerate(event.arguments)
            for name in [f"events[{i}].arguments[{j}]"]
        ]
        if trigger is not None:
            triggers[event.id] = Trigger(trigger.start, layers.trigger.labels.index(event.type))
            flat, overlapped = layers.argument.flat(m for m in found if m is not None)
            lost["argument"] += overlapped
            roles.append(flat)
            polarity.append(ontology.polarity.index(event.polarity))
            realis.append(ontology.realis.index(event.realis))

    (cue_label,), (source_label, channel_label) = layers.cue.labels, layers.speaker.labels
    cues: dict[int, tuple[int, int]] = {}
    speakers: list[Mention] = []
    linked: list[tuple[int, Mention]] = []
    covered: list[tuple[int, str]] = []
    for i, attribution in enumerate(document.attributions):
        cue = None
        if attribution.cue is not None:
            cue = find(cue_label, attribution.cue, layers.cue, f"attributions[{i}].cue")
        mentions = [
            find(label, span, layers.speaker, f"attributions[{i}].{name}[{j}]")
            for label, name, spans in (
                (source_label, "sources", attribution.sources),
                (channel_label, "channels", attribution.channels),
            )
            for j, span in enumerate(spans)
        ]
        inside = [mention for mention in mentions if mention is not None]
        speakers += inside
        if cue is not None:
            values = (
                ontology.attribution.stance.index(attribution.stance),
                ontology.attribution.polarity.index(attribution.polarity),
            )
            cues.setdefault(cue.start, values)
            linked += [(cue.start, mention) for mention in inside]
            covered += [(cue.start, name) for name in attribution.events if name in triggers]

    order = sorted(cues)
    numbers = {name: i for i, name in enumerate(triggers)}
    extents = {
        label: sorted({Extent(m.start, m.end) for m in speakers if m.label == label}) for label in layers.speaker.labels
    }
    links = {
        label: frozenset(
            (order.index(cue), extents[label].index(Extent(m.start, m.end))) for cue, m in linked if m.label == label
        )
        for label in layers.speaker.labels
    }
    phrases, _ = layers.phrase.flat(m._replace(label=PHRASE) for m in [*speakers, *(m for some in roles for m in some)])
    flat, overlapped = layers.speaker.flat(speakers)
    lost["speaker"] += overlapped
    return Gold(
        Structure(
            [len(inside) for inside in words[first:last]],
            [0] * (last - first),
            list(triggers.values()),
            order,
            extents[source_label],
            extents[channel_label],
        ),
        flat,
        phrases,
        roles,
        polarity,
        realis,
        [cues[cue][0] for cue in order],
        [cues[cue][1] for cue in order],
        links[source_label],
        links[channel_label],
        frozenset((order.index(cue), numbers[name]) for cue, name in covered),
        lost,
    )


def join(parts: Sequence[Gold]) -> Gold:
    """Several stretches as one, each a group of its own."""
    words = [0, *accumulate(sum(part.structure.lengths) for part in parts)]
    shifted = [part.structure for part in parts]
    cues, triggers, sources, channels = (
        [0, *accumulate(len(getattr(structure, name)) for structure in shifted)]
        for name in ("cues", "triggers", "sources", "channels")
    )

    def moved(mentions: Sequence[Mention], by: int) -> list[Mention]:
        return [m._replace(start=m.start + by, end=m.end + by) for m in mentions]

    def links(name: str, targets: Sequence[int]) -> frozenset[Link]:
        return frozenset((c + cues[i], t + targets[i]) for i, part in enumerate(parts) for c, t in getattr(part, name))

    def extents(name: str) -> list[Extent]:
        return [Extent(s + words[i], e + words[i]) for i, part in enumerate(shifted) for s, e in getattr(part, name)]

    return Gold(
        Structure(
            [length for part in shifted for length in part.lengths],
            [i for i, part in enumerate(shifted) for _ in part.lengths],
            [Trigger(t.word + words[i], t.type) for i, part in enumerate(shifted) for t in part.triggers],
            [cue + words[i] for i, part in enumerate(shifted) for cue in part.cues],
            extents("sources"),
            extents("channels"),
        ),
        [m for i, part in enumerate(parts) for m in moved(part.speakers, words[i])],
        [m for i, part in enumerate(parts) for m in moved(part.phrases, words[i])],
        [moved(roles, words[i]) for i, part in enumerate(parts) for roles in part.roles],
        [value for part in parts for value in part.polarity],
        [value for part in parts for value in part.realis],
        [value for part in parts for value in part.stance],
        [value for part in parts for value in part.said],
        links("sources", sources),
        links("channels", channels),
        links("events", triggers),
        sum((part.lost for part in parts), Counter()),
    )
