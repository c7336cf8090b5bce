"""BIO: mentions to tags and back, and what becomes of overlaps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from khabar.ontology import default_ontology
from khabar.training.layers import Layer, Layers, Mention, layers_of

ONTOLOGY = default_ontology()
LAYERS = layers_of(ONTOLOGY)
ROLES = Layer("argument", ("Agent", "Target", "Place"))
CUES = Layer("attribution", ("Cue", "Source"), one_word=frozenset({"Cue"}))
WORDS = 30


@st.composite
def mentions(draw: st.DrawFn, layer: Layer) -> list[Mention]:
    """Mentions of a sentence of `WORDS` words; they may overlap."""
    found = []
    for _ in range(draw(st.integers(0, 12))):
        label = draw(st.sampled_from(layer.labels))
        start = draw(st.integers(0, WORDS - 1))
        length = 1 if label in layer.one_word else draw(st.integers(1, 6))
        found.append(Mention(label, start, min(start + length, WORDS)))
    return found


def test_tags_are_outside_then_begin_and_inside_of_each_label() -> None:
    assert ROLES.tags == ("O", "B-Agent", "I-Agent", "B-Target", "I-Target", "B-Place", "I-Place")


def test_what_is_always_one_word_has_no_inside_tag() -> None:
    assert CUES.tags == ("O", "B-Cue", "B-Source", "I-Source")


def test_the_layers_are_trigger_types_roles_and_mentions_of_attribution() -> None:
    assert LAYERS.trigger.labels == ONTOLOGY.types
    assert LAYERS.argument.labels == ONTOLOGY.roles
    assert LAYERS.attribution.labels == ONTOLOGY.attribution.mentions
    assert [layer.name for layer in LAYERS] == list(Layers._fields)


def test_neighbours_of_one_label_stay_two_mentions() -> None:
    two = [Mention("Agent", 0, 2), Mention("Agent", 2, 3)]
    tags = ROLES.encode(two, 4)
    assert [ROLES.tags[tag] for tag in tags] == ["B-Agent", "I-Agent", "B-Agent", "O"]
    assert ROLES.decode(tags) == two


def test_an_inside_tag_with_nothing_before_it_begins_a_mention() -> None:
    tags = [ROLES.index[tag] for tag in ("O", "I-Agent", "I-Target", "I-Target")]
    assert ROLES.decode(tags) == [Mention("Agent", 1, 2), Mention("Target", 2, 4)]


def test_a_mention_scores_the_mean_of_its_words() -> None:
    tags = ROLES.encode([Mention("Agent", 1, 3)], 4)
    assert ROLES.decode(tags, [0.9, 1.0, 0.5, 0.1]) == [Mention("Agent", 1, 3, 0.75)]


def test_of_overlapping_mentions_the_longer_wins_then_the_earlier_then_the_first_label() -> None:
    short, long, later = Mention("Agent", 2, 4), Mention("Target", 3, 6), Mention("Agent", 5, 8)
    assert ROLES.flat([short, long]) == ([long], 1)
    assert ROLES.flat([later, long]) == ([long], 1)
    assert ROLES.flat([Mention("Place", 0, 1), Mention("Agent", 0, 1)]) == ([Mention("Agent", 0, 1)], 1)


def test_one_phrase_that_serves_two_events_in_one_role_is_one_mention_and_no_loss() -> None:
    assert ROLES.flat([Mention("Agent", 0, 2), Mention("Agent", 0, 2)]) == ([Mention("Agent", 0, 2)], 0)


@given(mentions(ROLES))
def test_flat_mentions_never_overlap_and_every_loss_is_counted(found: list[Mention]) -> None:
    kept, lost = ROLES.flat(found)
    words = [word for mention in kept for word in range(mention.start, mention.end)]
    assert len(words) == len(set(words))
    assert kept == sorted(kept, key=lambda mention: mention.start)
    assert len(kept) + lost == len(set(found))


@given(st.data(), st.sampled_from([ROLES, CUES, *LAYERS]))
def test_tags_say_the_same_mentions_back(data: st.DataObject, layer: Layer) -> None:
    kept, _ = layer.flat(data.draw(mentions(layer)))
    tags = layer.encode(kept, WORDS)
    assert len(tags) == WORDS
    assert layer.decode(tags) == kept
