"""Text cut at the bounds of spans."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from khabar.document import Document, Extent
from khabar.eval.report.segments import Mark, marks_of, segments

MENTIONS = ("Cue", "Source", "Channel")


def mark(start: int, end: int, label: str = "x") -> Mark:
    return Mark("e1", "argument", label, Extent(start, end))


def test_nested_and_crossing_spans_share_pieces() -> None:
    outer, inner, crossing = mark(0, 5, "outer"), mark(1, 3, "inner"), mark(2, 7, "crossing")
    cut = segments("abcdefgh", Extent(0, 8), [outer, inner, crossing])
    assert [(s.text, s.marks, s.ends) for s in cut] == [
        ("a", (outer,), ()),
        ("b", (outer, inner), ()),
        ("c", (outer, inner, crossing), ("inner",)),
        ("de", (outer, crossing), ("outer",)),
        ("fg", (crossing,), ("crossing",)),
        ("h", (), ()),
    ]


def test_a_label_stands_once_where_several_spans_of_it_end() -> None:
    (piece,) = segments("ab", Extent(0, 2), [mark(0, 2, "Target"), Mark("e2", "argument", "Target", Extent(0, 2))])
    assert piece.ends == ("Target",)


def test_what_a_span_has_outside_the_stretch_is_left_out() -> None:
    cut = segments("abcdef", Extent(2, 4), [mark(0, 3, "before"), mark(3, 99, "after"), mark(5, 6)])
    assert [(s.text, s.ends) for s in cut] == [("c", ("before",)), ("d", ("after",))]


@given(
    st.text("ابت ", min_size=1, max_size=12), st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=6)
)
def test_the_pieces_are_the_text_and_the_pieces_of_a_span_are_its_text(
    text: str, bounds: list[tuple[int, int]]
) -> None:
    marks = [Mark(f"e{i}", "argument", "x", Extent(*pair)) for i, pair in enumerate(bounds)]
    cut = segments(text, Extent(0, len(text)), marks)
    assert "".join(s.text for s in cut) == text
    assert all(s.text for s in cut)
    for one in marks:
        assert "".join(s.text for s in cut if one in s.marks) == text[slice(*one.extent)]


def test_every_span_of_a_document_is_marked(document: Document) -> None:
    found = [(m.unit, m.kind, m.label, document.text[slice(*m.extent)]) for m in marks_of(document, MENTIONS)]
    assert found == [
        ("e1", "trigger", "Attack", "أطلقت"),
        ("e1", "argument", "Instrument", "خمسة صواريخ"),
        ("e1", "argument", "Origin", "بلدة زمار"),
        ("e1", "argument", "Time", "الأحد"),
        ("e2", "trigger", "Attack", "الهجوم"),
        ("e3", "trigger", "Injure", "إصابات"),
        ("a1", "cue", "Asserts", "قال"),
        ("a1", "source", "Source", "مصدران أمنيان"),
        ("a1", "channel", "Channel", "لرويترز"),
        ("a2", "cue", "Asserts", "وأضافا"),
        ("a2", "source", "Source", "مصدران أمنيان"),
        ("a2", "channel", "Channel", "لرويترز"),
    ]
