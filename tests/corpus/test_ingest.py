"""Ingest: the five raw articles are the seven documents, and anything else is told in a line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.corpus.ingest import ingest, load_manifest
from khabar.corpus.store import Project
from khabar.document import load
from khabar.errors import InputError

SEVEN = {
    "zummar-alhurra": ("000_a6b6abd92c233663.txt", "zummar", "الحرة"),
    "lebanon-spy-device": ("000_a6b6abd92c233663.txt", "lebanon", None),
    "zummar-base-attack": ("001_a17d9a4bde7cdfa5.txt", "zummar", None),
    "ain-alasad-july": ("002_9639621f19f56183.txt", "ain-alasad-2024", "شبكة الأمة برس"),
    "coalition-withdrawal": ("002_9639621f19f56183.txt", "withdrawal", None),
    "ain-alasad-november": ("003_7422544bcaceb79e.txt", "ain-alasad-2023", "الجزيرة مباشر + وكالات"),
    "kataib-denial": ("004_97f2407ba0585700.txt", "zummar", "الجزيرة + وكالات"),
}
ARTICLE = "عنوان الخبر\n\nقُتل جنديان في هجوم على قاعدة في الشمال.\n\nالمصدر: الحرة\n"


class TestTheFiveArticles:
    def test_they_come_out_as_the_seven_documents(self, project: Project) -> None:
        manifest = load_manifest(project.manifest)
        documents = [d for f in sorted(project.articles.glob("*.txt")) for d in ingest(f, manifest).documents]
        assert {d.id: (d.source.file, d.source.story, d.source.publisher) for d in documents} == SEVEN
        for document in documents:
            raw = (project.articles / str(document.source.file)).read_bytes()
            assert document.source.sha256 == hashlib.sha256(raw).hexdigest()

    def test_the_gold_annotates_exactly_these_texts(self, project: Project) -> None:
        manifest = load_manifest(project.manifest)
        for file in sorted(project.articles.glob("*.txt")):
            for document in ingest(file, manifest).documents:
                assert load(project.gold / f"{document.id}.json").without_annotation() == document

    def test_no_boilerplate_is_left_and_no_sentence_is_lost(self, project: Project) -> None:
        manifest = load_manifest(project.manifest)
        results = [ingest(f, manifest) for f in sorted(project.articles.glob("*.txt"))]
        text = "\n".join(d.text for r in results for d in r.documents)
        for residue in ("المصدر:", "المصدر :", "[ad_", "browser", "مقالات مشابهة", "أيضاً:", "•", "غيتي", "أسوشيتد"):
            assert residue not in text
        raw = [line.strip() for r in results for line in r.file.read_text(encoding="utf-8").splitlines()]
        kept = set(text.splitlines())
        told = [line for r in results for line in r.dropped]
        assert len([line for line in raw if line]) == len(kept) + len(told)

    def test_a_fused_word_is_cut(self, project: Project) -> None:
        (_, second) = ingest(project.articles / "000_a6b6abd92c233663.txt", load_manifest(project.manifest)).documents
        (cut,) = second.cuts
        assert second.text[cut - 4 : cut + 5] == "وذكرالجيش"


class TestAnyFile:
    def test_without_a_manifest_the_name_is_the_id_and_the_story(self, tmp_path: Path) -> None:
        file = tmp_path / "my news.txt"
        file.write_text(ARTICLE + "إقرأ أيضاً:\n" + ARTICLE, encoding="utf-8")
        first, second = ingest(file).documents
        assert (first.id, first.source.story, first.title) == ("my-news", "my-news", "عنوان الخبر")
        assert second.id == "my-news-2"

    def test_id_and_story_may_be_given(self, tmp_path: Path) -> None:
        file = tmp_path / "x.txt"
        file.write_text(ARTICLE, encoding="utf-8")
        (document,) = ingest(file, id="attack", story="north").documents
        assert (document.id, document.source.story) == ("attack", "north")

    def test_a_web_page_is_read_as_its_article(self, tmp_path: Path) -> None:
        paragraph = "قُتل جنديان في هجوم صاروخي على قاعدة عسكرية في شمال البلاد، وفق ما أفاد مصدر أمني لوكالات الأنباء."
        file = tmp_path / "page.html"
        file.write_text(
            "<!DOCTYPE html><html lang='ar' dir='rtl'><head><title>هجوم على قاعدة في الشمال</title></head><body>"
            "<nav><a href='/'>الرئيسية</a><a href='/x'>رياضة</a></nav><article><h1>هجوم على قاعدة في الشمال</h1>"
            + "".join(f"<p>{paragraph} ({n}).</p>" for n in range(6))
            + "</article><footer>جميع الحقوق محفوظة</footer></body></html>",
            encoding="utf-8",
        )
        (document,) = ingest(file).documents
        assert document.title == "هجوم على قاعدة في الشمال"
        assert document.text.count(paragraph) == 6
        assert "الرئيسية" not in document.text
        assert "الحقوق" not in document.text

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("خبر".encode("cp1256"), "is not UTF-8 text"),
            (b"", "holds no article text"),
            ("[ad_1]\n\nالمصدر: الحرة".encode(), "holds no article text"),
            (b"<html><body></body></html>", "no article was found"),
        ],
    )
    def test_what_holds_no_article_is_told(self, content: bytes, reason: str, tmp_path: Path) -> None:
        file = tmp_path / "x.txt"
        file.write_bytes(content)
        with pytest.raises(InputError, match=reason):
            ingest(file)

    def test_a_manifest_that_does_not_fit_the_file_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / "x.txt"
        file.write_text(ARTICLE, encoding="utf-8")
        manifest = tmp_path / "manifest.yaml"
        entry = "  - {id: %s, story: s, file: x.txt%s}\n"
        manifest.write_text("documents:\n" + entry % ("a", "") + entry % ("b", ""))
        with pytest.raises(InputError, match="holds 1 articles, and the manifest names 2"):
            ingest(file, load_manifest(manifest))
        manifest.write_text("documents:\n" + entry % ("a", ", sha256: abc"))
        with pytest.raises(InputError, match="not the file that the manifest describes"):
            ingest(file, load_manifest(manifest))
        manifest.write_text("documents:\n" + entry % ("a", ", cuts: ['غير|موجود']"))
        with pytest.raises(InputError, match="stands 0 times in the text"):
            ingest(file, load_manifest(manifest))
        manifest.write_text("documents:\n" + entry % ("a", "") + entry % ("a", ""))
        with pytest.raises(InputError, match="the id a stands twice"):
            load_manifest(manifest)
        manifest.write_text("documents:\n  - {id: a}\n")
        with pytest.raises(InputError, match=r"documents\[0\]\.file: is missing"):
            load_manifest(manifest)


class TestCommand:
    def test_documents_are_written_and_dropped_lines_told(self, tmp_path: Path, project: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        out = tmp_path / "out"
        files = [str(f) for f in sorted(project.articles.glob("*.txt"))]
        assert main(["--project", str(project.root), "ingest", *files, "--out", str(out)]) == 0
        assert sorted(p.stem for p in out.glob("*.json")) == sorted(SEVEN)
        told = capsys.readouterr()
        assert "000_a6b6abd92c233663.txt:23: credit: المصدر: الحرة" in told.err

    def test_near_duplicates_of_the_corpus_are_told(self, tmp_path: Path, project: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        copy = tmp_path / "copy.txt"
        copy.write_text(load(project.gold / "kataib-denial.json").text, encoding="utf-8")
        command = ["--project", str(project.root), "ingest", str(copy), "--out", str(tmp_path / "out"), "--json"]
        assert main(command) == 0
        (result,) = json.loads(capsys.readouterr().out)
        assert result["documents"] == ["copy"]
        assert result["near_duplicates"][0] == {"document": "copy", "like": "kataib-denial", "similarity": 1.0}

    def test_one_bad_file_writes_nothing(self, tmp_path: Path, project: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
        good.write_text(ARTICLE, encoding="utf-8")
        bad.write_bytes(b"\xff")
        out = tmp_path / "out"
        assert main(["--project", str(project.root), "ingest", str(good), str(bad), "--out", str(out)]) == 2
        assert not out.exists()
        assert "bad.txt: byte 0: is not UTF-8 text" in capsys.readouterr().err
