"""Items of events and attributions: what counts as one, and as the same one."""

from __future__ import annotations

import random

import pytest

from khabar.corpus.items import KEYS, items
from khabar.document import Argument, Document, Event, Span
from khabar.errors import InputError
from khabar.eval.counts import Counts
from tests.eval.documents import GOLD, TEXT, attribution, document, event, span


def compared(gold: Document, predicted: Document) -> dict[str, Counts]:
    wanted, found = items(gold, gold), items(predicted, gold)
    return {key: Counts.of(wanted[key], found[key]) for key in KEYS}


def test_metrics_come_in_the_order_of_the_table() -> None:
    assert tuple(items(GOLD, GOLD)) == KEYS
    assert " ".join(KEYS) == "TI TC AI AC AI+ AC+ cue source channel source_link event_link stance polarity realis"


def test_wrong_triggers_can_leave_ai_and_ac_perfect_but_not_the_attached_ones() -> None:
    gold = document(event("e1", "Attack", "هجوما", ("Target", "القاعدة")))
    predicted = document(event("e1", "Attack", "أصاب", ("Target", "القاعدة")))
    scores = compared(gold, predicted)
    assert (scores["AI"].f1, scores["AC"].f1) == (1, 1)
    assert (scores["TI"].f1, scores["AI+"].f1, scores["AC+"].f1) == (0, 0, 0)


def test_one_phrase_in_two_roles_is_one_span_and_two_arguments() -> None:
    gold = document(event("e1", "Attack", "هجوما", ("Target", "القاعدة"), ("Place", "القاعدة")))
    found = items(gold, gold)
    assert {key: len(found[key]) for key in ("AI", "AC", "AI+", "AC+")} == {"AI": 1, "AC": 2, "AI+": 1, "AC+": 2}


def test_one_phrase_in_two_events_of_a_type_is_one_item_unattached_and_two_attached() -> None:
    gold = document(
        event("e1", "Attack", "هجوما", ("Time", "أمس")),
        event("e2", "Attack", "القصف", ("Time", "أمس")),
    )
    found = items(gold, gold)
    assert {key: len(found[key]) for key in ("AI", "AC", "AI+", "AC+")} == {"AI": 1, "AC": 1, "AI+": 2, "AC+": 2}


def test_two_attributions_on_one_cue_are_one_cue_and_two_stances() -> None:
    gold = document(
        attribution("a1", "قال", sources=("الجيش",)),
        attribution("a2", "قال", sources=("الجيش",), stance="Claims"),
    )
    found = items(gold, gold)
    assert {k: len(found[k]) for k in ("cue", "source", "source_link", "stance")} == {
        "cue": 1,
        "source": 1,
        "source_link": 1,
        "stance": 2,
    }


def test_what_is_predicted_twice_counts_once() -> None:
    gold = document(event("e1", "Attack", "هجوما", ("Time", "أمس")), attribution("a1", "قال", events=("e1",)))
    twice = document(
        *(event(f"e{i}", "Attack", "هجوما", ("Time", "أمس"), ("Time", "أمس")) for i in (1, 2)),
        *(attribution(f"a{i}", "قال", events=("e1", "e2")) for i in (1, 2)),
    )
    assert compared(gold, twice) == compared(gold, gold)


def test_a_null_cue_counts_as_the_sentence_of_the_first_source() -> None:
    gold = document(attribution("a1", None, sources=("الجيش", "جندي"), stance="Asserts"))
    same_sentence = document(attribution("a1", None, sources=("لرويترز",)))
    other_sentence = document(attribution("a1", None, sources=("جندي",)))
    assert compared(gold, same_sentence)["cue"] == Counts(1, 1, 1)
    assert compared(gold, same_sentence)["stance"] == Counts(1, 1, 1)
    assert compared(gold, same_sentence)["source_link"] == Counts(2, 1, 0)
    assert compared(gold, other_sentence)["cue"] == Counts(1, 1, 0)
    assert compared(gold, other_sentence)["source_link"] == Counts(2, 1, 0)  # the right source of another cue


def test_a_null_cue_is_never_the_same_as_a_cue_that_is_a_whole_sentence() -> None:
    text = "رويترز"
    gold = document(attribution("a1", None, sources=(text,), text=text), text=text)
    predicted = document(attribution("a1", text, text=text), text=text)
    assert compared(gold, predicted)["cue"] == Counts(1, 1, 0)


def test_without_cue_and_source_the_sentence_of_the_channel_counts() -> None:
    gold = document(attribution("a1", None, sources=("الجيش",)))
    by_channel = document(attribution("a1", None, channels=("لرويترز",)))
    by_nothing = document(attribution("a1", None))
    assert compared(gold, by_channel)["cue"] == Counts(1, 1, 1)
    assert compared(gold, by_nothing)["cue"] == Counts(1, 1, 0)
    assert compared(by_nothing, by_nothing)["cue"] == Counts(1, 1, 1)


def test_the_sentences_of_gold_stand_in_for_the_null_cues_of_both() -> None:
    gold = document(attribution("a1", None, sources=("جندي",)))
    predicted = gold.model_copy(update={"sentences": ()})
    assert compared(gold, predicted)["cue"] == Counts(1, 1, 1)


def test_an_event_link_is_found_through_the_trigger_whatever_its_id_and_type() -> None:
    gold = document(event("e1", "Attack", "هجوما"), attribution("a1", "قال", events=("e1",)))
    predicted = document(event("x7", "Meet", "هجوما"), attribution("y", "قال", events=("x7",)))
    assert compared(gold, predicted)["event_link"] == Counts(1, 1, 1)


def test_a_missed_trigger_is_a_missed_value() -> None:
    gold = document(event("e1", "Attack", "هجوما"), event("e2", "Die", "مقتل"))
    predicted = document(event("e1", "Attack", "هجوما", realis="Other"))
    assert compared(gold, predicted)["polarity"] == Counts(2, 1, 1)
    assert compared(gold, predicted)["realis"] == Counts(2, 1, 0)


def test_a_link_to_no_event_is_refused() -> None:
    broken = document(attribution("a1", "قال", events=("e9",)))
    with pytest.raises(InputError, match=r"news: a1: covers e9, which is not among the events; `khabar check`"):
        items(broken, broken)


def textee(golds: list[dict], preds: list[dict]) -> dict[str, tuple[int, int, int, float, float, float]]:
    """The definitions of TextEE's scorer, task E2E, written out: lists of tuples, made sets at the end."""

    def safe_div(above: float, below: float) -> float:
        return above / below if below > 0 else 0.0

    def listed(instances: list[dict], key: str) -> set[tuple]:
        found = []
        for instance in instances:
            for e in instance["events"]:
                start, end, type_ = e["trigger"]
                if key == "TI":
                    found.append((instance["doc_id"], start, end))
                if key == "TC":
                    found.append((instance["doc_id"], start, end, type_))
                for a_start, a_end, role in e["arguments"]:
                    if key == "AI":
                        found.append((instance["doc_id"], type_, a_start, a_end))
                    if key == "AC":
                        found.append((instance["doc_id"], type_, a_start, a_end, role))
                    if key == "AI+":
                        found.append((instance["doc_id"], start, end, type_, a_start, a_end))
                    if key == "AC+":
                        found.append((instance["doc_id"], start, end, type_, a_start, a_end, role))
        return set(found)

    scores = {}
    for key in ("TI", "TC", "AI", "AC", "AI+", "AC+"):
        gold, pred = listed(golds, key), listed(preds, key)
        matched = len(gold & pred)
        precision, recall = safe_div(matched, len(pred)), safe_div(matched, len(gold))
        f1 = safe_div(2 * precision * recall, precision + recall)
        scores[key] = (len(gold), len(pred), matched, precision, recall, f1)
    return scores


def test_scores_are_textees_over_thousands_of_random_documents() -> None:
    random_ = random.Random(2311)

    def random_document(id_: str) -> tuple[Document, dict]:
        drawn = [
            {
                "trigger": (start := random_.randrange(3), start + random_.randint(1, 2), random_.choice("AB")),
                "arguments": [
                    (a := random_.randrange(4), a + random_.randint(1, 2), random_.choice("RS"))
                    for _ in range(random_.randrange(4))
                ],
            }
            for _ in range(random_.randrange(4))
        ]
        found = tuple(
            Event(
                id=f"e{i}",
                type=e["trigger"][2],
                trigger=Span(start=e["trigger"][0], end=e["trigger"][1], text=""),
                polarity="Positive",
                realis="Actual",
                arguments=tuple(Argument(role=r, start=s, end=t, text="") for s, t, r in e["arguments"]),
            )
            for i, e in enumerate(drawn)
        )
        return Document(id=id_, text=TEXT, events=found), {"doc_id": id_, "events": drawn}

    matched = 0
    for _ in range(600):
        pairs = [(random_document(f"d{i}"), random_document(f"d{i}")) for i in range(random_.randint(1, 5))]
        theirs = textee([gold for (_, gold), _ in pairs], [pred for _, (_, pred) in pairs])
        by_document = [compared(gold, pred) for (gold, _), (pred, _) in pairs]
        for key, (gold, pred, correct, precision, recall, f1) in theirs.items():
            ours = sum((scores[key] for scores in by_document), Counts())
            assert (ours.gold, ours.predicted, ours.correct) == (gold, pred, correct)
            assert (ours.precision, ours.recall) == (precision, recall)
            assert ours.f1 == pytest.approx(f1, abs=1e-15)
            matched += correct
    assert matched > 1000  # the documents do agree now and then


def test_a_span_is_its_place_not_its_words() -> None:
    gold = document(event("e1", "Attack", "هجوما"))
    elsewhere = span("القصف").model_copy(update={"text": "هجوما"})
    predicted = document(gold.events[0].model_copy(update={"trigger": elsewhere}))
    assert compared(gold, predicted)["TI"] == Counts(1, 1, 0)
