"""Real names for invented places: in memory, with every span where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.corpus.checks import check_documents
from khabar.corpus.store import find_project
from khabar.document import Argument, Document, Event
from khabar.errors import InputError
from khabar.ontology import default_ontology
from khabar.training.recipe import Swap
from khabar.training.swap import Swapper, swapper
from tests.conftest import ROOT, annotated, blank

INVENTED = {
    "countries": ["هرمسان", "البيلسان"],
    "demonyms": ["هرمساني", "الهرمسانية", "الهرمسانيين", "هرمسانيان", "هرمسانياً"],
    "towns": ["زمار", "كفر العوسج"],
    "persons": ["رويترز"],
}
REAL = {"countries": ["العراق"], "demonyms": ["عراقي"], "towns": ["بعقوبة"], "persons": ["فلان"]}


def renamed(text: str, share: float = 1.0) -> str:
    return Swapper(INVENTED, REAL, share, seed=1)(blank(text=text)).text


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("وصل إلى كفر العوسج أمس", "وصل إلى بعقوبة أمس"),
        ("في زمار وبزمار ولزمار", "في بعقوبة وببعقوبة ولبعقوبة"),
        ("سافر لهرمسان ثم للبيلسان", "سافر للعراق ثم للعراق"),
        ("والهرمسانية وجندي هرمساني والهرمسانيين", "والعراقية وجندي عراقي والعراقيين"),
        ("هرمسانيان وهرمسانياً", "هرمسانيان وهرمسانياً"),  # dual and accusative are left alone
        ("مزمار وزماريون وكفر", "مزمار وزماريون وكفر"),  # parts of other words
        ("قالت رويترز", "قالت رويترز"),  # persons keep their names
    ],
)
def test_a_name_is_changed_with_its_proclitics_article_and_ending(text: str, other: str) -> None:
    assert renamed(text) == other


def test_spans_move_along_and_links_stay() -> None:
    before = annotated()
    after = Swapper(INVENTED, REAL, 1.0, seed=1)(before)
    assert "بلدة بعقوبة" in after.text
    assert "زمار" not in after.text
    assert not [i for i in check_documents([after], default_ontology()) if i.severity == "error"]
    for one, other in zip(before.events, after.events, strict=True):
        assert (one.type, one.trigger.text, len(one.arguments)) == (
            other.type,
            other.trigger.text,
            len(other.arguments),
        )
    assert "بلدة بعقوبة" in [argument.text for event in after.events for argument in event.arguments]
    assert [a.events for a in before.attributions] == [a.events for a in after.attributions]


def test_a_name_that_a_span_ends_in_is_left_alone() -> None:
    document = blank(text="وصل إلى كفر العوسج")
    start = document.text.index("كفر")
    argument = Argument(role="Destination", start=start, end=start + 3, text="كفر")
    event = Event(
        id="e1", type="Travel", trigger=document.span(0, 3), polarity="Positive", realis="Actual", arguments=(argument,)
    )
    halved = document.model_copy(update={"events": (event,)})
    assert Swapper(INVENTED, REAL, 1.0, seed=1)(halved) == halved


def test_a_name_that_is_cut_is_left_alone() -> None:
    document = blank(text="وصل إلى كفر العوسج")
    cut = document.model_copy(update={"meta": {"cuts": [document.text.index("العوسج")]}})
    assert Swapper(INVENTED, REAL, 1.0, seed=1)(cut) == cut


def test_a_demonym_is_one_nation_in_all_its_forms() -> None:
    real = REAL | {"demonyms": ["عراقي", "ليبي", "قطري", "يمني"]}
    text = Swapper(INVENTED, real, 1.0, seed=1)(blank(text="هرمساني والهرمسانية والهرمسانيين")).text
    bare = text.split(" ")[0]
    assert text == f"{bare} وال{bare}ة وال{bare}ين"


def test_the_article_of_a_name_that_begins_with_lam_is_gone_after_lam() -> None:
    rename = Swapper({"towns": ["زمار"]}, {"towns": ["اللاذقية"]}, 1.0, seed=1)
    assert rename(blank(text="سافر لزمار وبزمار")).text == "سافر للاذقية وباللاذقية"


def test_a_place_has_one_name_in_a_document() -> None:
    real = REAL | {"towns": ["بعقوبة", "كركوك", "سامراء", "تكريت"]}
    text = Swapper(INVENTED, real, 1.0, seed=1)(blank(text="في زمار ثم في زمار ثم في زمار")).text
    assert len(set(text.split(" ")) - {"في", "ثم"}) == 1


def test_the_share_and_the_seed_decide_which_documents_are_changed() -> None:
    documents = [blank(f"d{n}", text="في زمار") for n in range(200)]

    def changed(share: float, seed: int) -> set[str]:
        return {d.id for d in map(Swapper(INVENTED, REAL, share, seed), documents) if "زمار" not in d.text}

    assert changed(0.0, 1) == set()
    assert len(changed(1.0, 1)) == 200
    assert 60 < len(changed(0.5, 1)) < 140
    assert changed(0.5, 1) == changed(0.5, 1) != changed(0.5, 2)


@given(st.integers(0, 2**31))
def test_whatever_is_drawn_the_supplement_stays_sound(seed: int) -> None:
    rename = Swapper(*NAMES, 1.0, seed)
    document = SUPPLEMENT[seed % len(SUPPLEMENT)]
    after = rename(document)
    assert not [i for i in check_documents([after], default_ontology()) if i.severity == "error"]
    assert len(after.events) == len(document.events)


PROJECT = find_project(ROOT)
SUPPLEMENT: list[Document] = PROJECT.authored_documents()
_READ = swapper(Swap(share=1.0), (ROOT,), 1)
NAMES = ({kind: [n for n, k in _READ.kinds.items() if k == kind] for kind in _READ.real}, _READ.real)


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such list"):
        swapper(Swap(share=0.5, real="nowhere.yaml"), (tmp_path, ROOT), 1)
