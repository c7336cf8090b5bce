"""The one-pass tagger: learns by heart, loads anywhere, and never predicts what the ontology does not license."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel

from khabar.corpus.checks import check_documents
from khabar.corpus.items import items
from khabar.document import Document, dumps, load
from khabar.ontology import default_ontology
from khabar.training.conditional import KhabarForEventExtraction, pool
from khabar.training.extractor import EventExtractor
from khabar.training.predict import Tagger, predictor
from khabar.training.recipe import TaggerRecipe
from khabar.training.train import train
from tests.conftest import TEXT, annotated, blank, spans
from tests.training.encoders import TINY, save_encoder

ONTOLOGY = default_ontology()
DOCUMENTS = [annotated("one"), annotated("two", story="other")]
CONDITIONAL = TINY.changed(design="conditional", pooling="mean", conditional={"block": 2})
SHORT = CONDITIONAL.changed(epochs=4, dropout=0.2, checkpoint_seconds=0)


class Killed(BaseException):
    """What a run meets in the middle."""


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learned two sentences by heart."""
    return train(CONDITIONAL, DOCUMENTS, ONTOLOGY, tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture(scope="module")
def tagger(model: Path) -> Tagger:
    return predictor(model)


@pytest.mark.parametrize(
    "conditional",
    [
        {"block": 2},
        {"block": 2, "lexical": True},
        {"block": 2, "static": True},
        {"block": 2, "names": True, "neighbours": 1},
        {"block": 2, "freeze": "embeddings", "static": True, "lexical": True, "names": True, "neighbours": 2},
        {"block": 2, "context": "previous"},
        {"block": 2, "context": "headline"},
    ],
    ids=["plain", "lexical", "static", "names", "all", "previous sentence", "headline"],
)
def test_it_learns_its_own_training_text_by_heart_links_and_values_included(
    conditional: dict[str, object], tmp_path: Path
) -> None:
    model = train(CONDITIONAL.changed(conditional=conditional), DOCUMENTS, ONTOLOGY, tmp_path / "model")
    (predicted,) = predictor(model)([annotated().without_annotation()])
    assert items(predicted, annotated()) == items(annotated(), annotated())


def test_a_dropped_subject_is_an_earlier_mention_of_the_document(tagger: Tagger) -> None:
    (predicted,) = tagger([annotated().without_annotation()])
    second = predicted.attributions[1]
    assert second.cue is not None
    assert (second.cue.text, [source.text for source in second.sources]) == ("وأضافا", ["مصدران أمنيان"])
    assert [channel.text for channel in second.channels] == ["لرويترز"]  # inherited with its speaker


def test_one_phrase_may_serve_two_events(tmp_path: Path) -> None:
    """A tag a word could not say this: the phrases overlap, and have different roles."""
    document = annotated()
    fired = document.events[0]
    hurt = fired.model_copy(
        update={
            "id": "e9",
            "type": "Injure",
            "trigger": document.span(*spans(document, "الأحد")),
            "arguments": tuple(
                a.model_copy(update={"role": "Victim" if a.role == "Instrument" else "Place"})
                for a in fired.arguments
                if a.role != "Time"
            ),
        }
    )
    events = (fired.model_copy(update={"arguments": fired.arguments[:2]}), hurt, *document.events[1:])
    overlapping = document.model_copy(update={"events": events})
    told: list[str] = []
    model = train(CONDITIONAL, [overlapping], ONTOLOGY, tmp_path / "model", tell=told.append)
    assert "no mention lost to overlaps" in told[1]
    (predicted,) = predictor(model)([document.without_annotation()])
    assert items(predicted, overlapping)["AC+"] == items(overlapping, overlapping)["AC+"]


def test_what_it_predicts_is_valid_and_scored(tagger: Tagger) -> None:
    text = "وأضافا أن صواريخ أطلقت الأحد. قال مصدران إن الهجوم «انتهى».\n" + TEXT
    (predicted,) = tagger([blank("other", text)])
    assert [i for i in check_documents([predicted], ONTOLOGY) if i.severity == "error"] == []
    scores = [event.score for event in predicted.events] + [one.score for one in predicted.attributions]
    assert scores
    assert all(score is not None and 0 <= score <= 1 for score in scores)
    assert all(argument.score is not None for event in predicted.events for argument in event.arguments)


def test_even_a_model_that_knows_nothing_predicts_nothing_unlicensed(model: Path) -> None:
    torch.manual_seed(0)
    wild = KhabarForEventExtraction.from_pretrained(model)
    for parameter in wild.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    tagger = EventExtractor(wild, EventExtractor.load(model).reader.windows.tokenizer)  # type: ignore[attr-defined]
    documents = tagger([blank("wild", TEXT * 3), blank("quoted", "«قال» (أطلقت) [صواريخ] / الأحد / !")])
    assert sum(len(event.arguments) for document in documents for event in document.events) > 5
    assert any(document.attributions for document in documents)
    assert [i for i in check_documents(documents, ONTOLOGY) if i.severity == "error"] == []


def test_a_model_loads_in_a_clean_process_from_its_folder_alone(model: Path, tagger: Tagger, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from khabar.document import Document, dumps\n"
        "from khabar.training.conditional import KhabarForEventExtraction\n"
        "from khabar.training.predict import predictor\n"
        "KhabarForEventExtraction.from_pretrained(sys.argv[1])\n"
        "(found,) = predictor(Path(sys.argv[1]))([Document(id='news', text=sys.argv[2])])\n"
        "Path(sys.argv[3]).write_text(dumps(found), encoding='utf-8')\n"
    )
    out = tmp_path / "found.json"
    subprocess.run([sys.executable, "-c", script, model, TEXT, out], check=True, cwd=tmp_path)
    (here,) = tagger([Document(id="news", text=TEXT)])
    assert dumps(load(out)) == dumps(here)


def test_transformers_loads_it_by_its_own_name(model: Path) -> None:
    assert isinstance(AutoModel.from_pretrained(model), KhabarForEventExtraction)


def test_an_empty_document_and_one_without_sentences_go_through(tagger: Tagger) -> None:
    for text in ("", " \n\t "):
        assert tagger([Document(id="empty", text=text)]) == [Document(id="empty", text=text)]
    documents = [annotated("b"), blank("empty", ""), annotated("a")]
    assert [d.without_annotation() for d in tagger(documents)] == [d.without_annotation() for d in documents]


def test_a_documents_answer_does_not_depend_on_its_company(tagger: Tagger) -> None:
    (alone,) = tagger([blank("x")])
    crowd = tagger([blank("y", TEXT * 9), blank("x"), blank("z", "قال.")])
    assert items(crowd[1], crowd[1]) == items(alone, alone)


def test_a_sentence_of_many_windows_is_tagged_in_every_part(tagger: Tagger) -> None:
    sentence = TEXT.replace(".", "").replace("\n", " ")
    parts: list[str] = []
    text = " ".join([sentence] * 20)
    (tagged,) = tagger.stream([Document(id="long", text=text)], parts.append)
    assert len(tagged.sentences) == 1
    assert tagged.events[-1].trigger.end > len(text) * 0.9
    assert "".join(parts).split() != []
    assert sorted("".join(parts).replace(" ", "")) == sorted(text.replace(" ", ""))


def test_the_same_seed_gives_the_same_weights_whatever_the_order_of_documents(tmp_path: Path) -> None:
    one = train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "one")
    same = train(SHORT, DOCUMENTS[::-1], ONTOLOGY, tmp_path / "same")
    other = train(SHORT.changed(seed=2), DOCUMENTS, ONTOLOGY, tmp_path / "other")
    assert weights(one) == weights(same)
    assert weights(one) != weights(other)


def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    def kill(done: int, total: int) -> None:
        if done == 3:
            raise Killed

    with pytest.raises(Killed):
        train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "killed", advance=kill)
    told: list[str] = []
    train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "killed", tell=told.append)
    assert told[-1] == "going on from checkpoint-2"
    assert weights(tmp_path / "killed") == weights(train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "unharmed"))


def test_a_pretrained_encoder_is_fine_tuned(tmp_path: Path) -> None:
    encoder = save_encoder(tmp_path / "encoder")
    recipe: TaggerRecipe = CONDITIONAL.changed(architecture=None, encoder=str(encoder))
    (predicted,) = predictor(train(recipe, DOCUMENTS, ONTOLOGY, tmp_path / "out"))([annotated().without_annotation()])
    assert items(predicted, annotated())["AC+"] == items(annotated(), annotated())["AC+"]


@pytest.mark.parametrize(
    ("how", "pooled"),
    [
        ("first", [[1, 8], [3, 6]]),
        ("last", [[2, 7], [3, 6]]),
        ("mean", [[1.5, 7.5], [3, 6]]),
        ("max", [[2, 8], [3, 6]]),
    ],
)
def test_a_word_is_made_of_its_pieces(how: str, pooled: list[list[float]]) -> None:
    states = torch.tensor([[0.0, 9.0], [1.0, 8.0], [2.0, 7.0], [3.0, 6.0], [4.0, 5.0]])
    words = pool(states, torch.tensor([[1, 3], [3, 4]]), how)
    assert np.array_equal(words.numpy(), np.array(pooled, dtype=np.float32))


def test_what_a_types_name_says_follows_the_embeddings_when_they_change(tmp_path: Path) -> None:
    named = CONDITIONAL.changed(epochs=1, conditional={"block": 2, "names": True})
    model = KhabarForEventExtraction.from_pretrained(train(named, DOCUMENTS, ONTOLOGY, tmp_path / "named"))
    pieces = torch.tensor([[7, 8, 9]]), torch.tensor([[0, 1], [1, 3]])
    before = model.hint(*pieces)
    embeddings = model.encoder.get_input_embeddings().weight
    model.train()
    model.hint(*pieces)
    embeddings.grad = torch.randn(embeddings.shape, generator=torch.Generator().manual_seed(1))
    torch.optim.AdamW([embeddings], lr=0.1, fused=True).step()
    learned = model.hint(*pieces)
    assert not torch.equal(learned, before)
    assert torch.equal(learned, model.eval().hint(*pieces))
    with torch.no_grad():
        embeddings[7] = embeddings[8]
    assert not torch.equal(model.hint(*pieces), learned)
    model.save_pretrained(tmp_path / "changed")
    loaded = KhabarForEventExtraction.from_pretrained(tmp_path / "changed")
    assert torch.equal(model.hint(*pieces), loaded.hint(*pieces))
