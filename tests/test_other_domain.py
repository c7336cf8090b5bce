"""A corpus of another domain, from `khabar init` to a published dataset, with no line of code changed.

The market news is invented. Its labels have nothing in common with those of the corpus that comes with khabar: other
types and roles, other names for cue, source and channel, other values of polarity, realis and stance.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from khabar.cli.main import main
from khabar.corpus.convert.features import read_parquet
from khabar.corpus.convert.rows import row_document
from khabar.corpus.store import Project, read_documents
from khabar.eval.report.testimony import occurrences
from khabar.ontology import default_ontology
from tests.conftest import ROOT

Out = pytest.CaptureFixture[str]

ONTOLOGY = """
version: 1
roles: [Company, Amount, Day]
events:
  Rise: {arabic: ارتفاع, roles: [Company, Amount, Day]}
  Buy: {arabic: شراء, roles: [Company, Amount, Day]}
uncounted: [Day]
polarity: ["Yes", "No"] # bare, YAML would read true and false
realis: [Real, Planned]
attribution:
  mentions: [Word, Voice, Outlet]
  polarity: [Said, Unsaid]
  stance: [States, Disputes, Expects]
  positions: {Disputes: denies, Expects: unsure}
"""

NEWS = {
    "palm-agency": """أخبار البورصة
ارتفع سهم شركة النخيل للإسمنت أربعة دنانير يوم الأحد، بحسب وكالة المال.
وقال مدير الشركة لوكالة المال إن شركة الواحة اشترت حصة صغيرة.
""",
    "palm-denial": """توضيح من النخيل
ارتفع سهم شركة النخيل للإسمنت ثلاثة دنانير يوم الأحد.
ونفى مدير الشركة أن تكون شركة الواحة اشترت حصة صغيرة.
""",
    "palm-analysts": """تداولات الأحد
قال محللون إن سهم شركة النخيل للإسمنت ارتفع أربعة دنانير.
ولم تشتر شركة الواحة أي حصة يوم الأحد، بحسب البورصة.
""",
    "coast-bank": """بيان من بنك الساحل
أعلن بنك الساحل أنه اشترى بنك الوادي مقابل مليار ريال يوم الثلاثاء.
وأضاف أن سهم البنك ارتفع خمسة دنانير.
""",
    "coast-paper": """مصير بنك الوادي
قالت صحيفة السوق إن بنك الساحل اشترى بنك الوادي مقابل ملياري ريال.
وارتفع سهم بنك الساحل ستة دنانير يوم الثلاثاء.
""",
    "coast-experts": """نظرة إلى الأسبوع المقبل
توقع خبراء أن يشتري بنك الساحل شركة تأمين يوم الخميس.
وقالوا لصحيفة السوق إن سهم البنك سيرتفع.
""",
    "coral-ships": """أسطول المرجان
أعلنت شركة المرجان للأسماك يوم الاثنين أنها اشترت عشر سفن.
وارتفع سهم الشركة سبعة دنانير، بحسب وكالة المال.
""",
    "coral-agency": """سفن جديدة للمرجان
ذكرت وكالة المال أن شركة المرجان للأسماك اشترت تسع سفن.
ولم يرتفع سهم الشركة يوم الاثنين.
""",
}

ANNOTATION = """
document palm-agency
s2
e1 ارتفع Rise @palm-rise
  Company: شركة النخيل للإسمنت
  Amount: أربعة دنانير
  Day: الأحد
a1 بحسب > e1
  source: وكالة المال
s3
e2 اشترت Buy @oasis-share
  Company: شركة الواحة
  Amount: حصة صغيرة
a2 وقال > e2
  source: مدير الشركة
  channel: لوكالة المال

document palm-denial
s2
e1 ارتفع Rise @palm-rise
  Company: شركة النخيل للإسمنت
  Amount: ثلاثة دنانير
  Day: الأحد
s3
e2 اشترت Buy @oasis-share
  Company: شركة الواحة
  Amount: حصة صغيرة
a1 ونفى Disputes > e2
  source: مدير الشركة

document palm-analysts
s2
e1 ارتفع Rise @palm-rise
  Company: شركة النخيل للإسمنت
  Amount: أربعة دنانير
a1 قال > e1
  source: محللون
s3
e2 تشتر Buy No @oasis-share
  Company: شركة الواحة
  Day: الأحد
a2 بحسب > e2
  source: البورصة

document coast-bank
s2
e1 اشترى Buy @valley-bank
  Company: بنك الساحل
  Amount: مليار ريال
  Day: الثلاثاء
a1 أعلن > e1
  source: بنك الساحل
s3
e2 ارتفع Rise @coast-rise
  Company: البنك
  Amount: خمسة دنانير
a2 وأضاف > e2
  source s2: بنك الساحل

document coast-paper
s2
e1 اشترى Buy @valley-bank
  Company: بنك الساحل
  Amount: ملياري ريال
a1 قالت > e1
  source: صحيفة السوق
s3
e2 وارتفع Rise @coast-rise
  Company: بنك الساحل
  Amount: ستة دنانير
  Day: الثلاثاء

document coast-experts
s2
e1 يشتري Buy Planned
  Company: بنك الساحل
  Day: الخميس
a1 توقع Expects > e1
  source: خبراء
s3
e2 سيرتفع Rise Planned
  Company: البنك
a2 وقالوا > e2
  source s2: خبراء
  channel: لصحيفة السوق

document coral-ships
s2
e1 اشترت Buy @coral-fleet
  Company: شركة المرجان للأسماك
  Amount: عشر سفن
  Day: الاثنين
a1 أعلنت > e1
  source: شركة المرجان للأسماك
s3
e2 وارتفع Rise @coral-rise
  Company: الشركة
  Amount: سبعة دنانير
a2 بحسب > e2
  source: وكالة المال

document coral-agency
s2
e1 اشترت Buy @coral-fleet
  Company: شركة المرجان للأسماك
  Amount: تسع سفن
a1 ذكرت > e1
  source: وكالة المال
s3
e2 يرتفع Rise No @coral-rise
  Company: الشركة
  Day: الاثنين
"""

STORIES = {
    "palm": ["palm-agency", "palm-denial", "palm-analysts"],
    "coast": ["coast-bank", "coast-paper", "coast-experts"],
    "coral": ["coral-ships", "coral-agency"],
}

CARD = {
    "pretty_name": "market",
    "summary": "Invented market news.",
    "annotations_creators": ["expert-generated"],
    "language_creators": ["expert-generated"],
    "made": "By hand, for a test.",
    "not_for": "to trade.",
    "limits": ["It is invented."],
    "tags": ["event-extraction", "finance"],
    "license": "cc0-1.0",
    "licence_of_texts": "The texts are nobody's.",
}

TINY = {
    "architecture": {"layers": 1, "hidden": 64, "heads": 2, "intermediate": 64, "vocabulary": 600},
    "epochs": 20,
    "batch_size": 4,
    "conditional": {"block": 2, "units": 64, "lexical": True, "names": True, "neighbours": 1},
}


def khabar(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The corpus, made by the commands that the new project's own page tells, one model trained on it."""
    root = tmp_path_factory.mktemp("other") / "market"
    khabar("init", root)
    project = Project(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        (root / "corpus" / "ontology.yaml").write_text(ONTOLOGY, encoding="utf-8")
        entries = []
        for story, ids in STORIES.items():
            for name in ids:
                (project.articles / f"{name}.txt").write_text(NEWS[name], encoding="utf-8")
                entries.append({"id": name, "story": story, "file": f"{name}.txt", "publisher": "نشرة السوق"})
        project.manifest.write_text(yaml.safe_dump({"documents": entries}), encoding="utf-8")
        khabar("ingest", *sorted(project.articles.glob("*.txt")), "--out", "runs/documents")

        notation = root / "runs" / "notation"
        notation.mkdir()
        for part in ANNOTATION.strip().split("\n\n"):
            (notation / f"{part.split()[1]}.ann").write_text(part, encoding="utf-8")
        khabar("notate", notation, "--of", "runs/documents", "--out", "annotation/rounds/1/layla")
        hasty = notation / "coast-paper.ann"
        hasty.write_text(hasty.read_text(encoding="utf-8").replace("  Day: الثلاثاء", ""), encoding="utf-8")
        khabar("notate", notation, "--of", "runs/documents", "--out", "annotation/rounds/1/karim")
        shutil.copytree(project.rounds / "1" / "layla", project.gold, dirs_exist_ok=True)

        folds = [{"name": story, "test": ids} for story, ids in STORIES.items()]
        splits = dict(zip(("train", "validation", "test"), STORIES.values(), strict=True))
        project.folds.write_text(yaml.safe_dump({"folds": folds, "splits": splits}), encoding="utf-8")
        (root / "corpus" / "card.yaml").write_text(yaml.safe_dump(CARD), encoding="utf-8")
        recipe = root / "training" / "recipes" / "small.yaml"
        recipe.write_text(yaml.safe_dump(yaml.safe_load(recipe.read_text("utf-8")) | TINY), encoding="utf-8")

        khabar("check", "--strict")
        khabar("train", recipe)
        khabar("extract", "--model", "runs/small-1", "runs/documents", "--out", "runs/tagged")
        khabar("benchmark", "stories", "--seeds", 1, "--accept")
        khabar("benchmark", "annotators")
        khabar("report")
        khabar("publish", "dataset", "--to", "runs/dataset")
        yield project


def test_what_the_tagger_finds_bears_the_labels_of_the_project(market: Project) -> None:
    tagged = read_documents([market.root / "runs" / "tagged"])
    assert {event.type for document in tagged for event in document.events} == {"Rise", "Buy"}
    assert {a.role for d in tagged for e in d.events for a in e.arguments} == {"Company", "Amount", "Day"}
    assert {e.polarity for d in tagged for e in d.events} <= {"Yes", "No"}
    assert {e.realis for d in tagged for e in d.events} <= {"Real", "Planned"}
    assert {"States"} <= {a.stance for d in tagged for a in d.attributions} <= {"States", "Disputes", "Expects"}
    khabar("check", market.root / "runs" / "tagged")


def test_score_knows_the_labels_from_the_documents(market: Project, capsys: Out) -> None:
    khabar("score", market.gold, market.gold, "--json", "--by", "type", "--errors")
    told = json.loads(capsys.readouterr().out)
    assert {"Rise", "Buy"} <= told["by"]["type"].keys()
    assert told["TC"]["gold"] == 16
    assert {name for name, value in told.items() if "f1" in value and value["f1"] != 1} == set()


def test_the_benchmark_holds_out_every_story_and_the_annotators_are_scored_by_name(market: Project) -> None:
    stories, annotators = map(json.loads, market.ledger.read_text(encoding="utf-8").splitlines())
    assert stories["systems"]["model"]["parts"].keys() == STORIES.keys()
    assert stories["systems"]["floor"]["scores"]["TC"]["f1"] > 0.2
    assert {name: system["scores"]["AC+"]["f1"] < 1 for name, system in annotators["systems"].items()} == {
        "layla": False,
        "karim": True,
    }


def test_folds_that_nobody_has_written_yet_are_asked_for(market: Project, tmp_path: Path, capsys: Out) -> None:
    root = tmp_path / "unfolded"
    main(["init", str(root)])
    shutil.copytree(market.gold, root / "corpus" / "gold", dirs_exist_ok=True)
    shutil.copy(market.root / "corpus" / "ontology.yaml", root / "corpus")
    capsys.readouterr()
    assert main(["--project", str(root), "benchmark", "stories"]) == 2
    assert capsys.readouterr().err.endswith(
        "folds.yaml: names no story to hold out; write a fold for each under `folds`\n"
    )


def test_sources_part_ways_as_the_ontology_says(market: Project) -> None:
    told = {one.name: one for one in occurrences(market.gold_documents(), market.ontology)}
    assert {row.position for row in told["oasis-share"].rows} == {"affirms", "denies"}
    assert [dispute.about for dispute in told["oasis-share"].disputes] == ["occurrence"]
    assert [(d.about, d.role) for d in told["palm-rise"].disputes] == [("number", "Amount")]


def test_the_published_dataset_holds_every_document_and_the_card_tells_of_this_project(market: Project) -> None:
    out = market.root / "runs" / "dataset"
    published = [
        row_document(row) for path in sorted(out.glob("documents/*.parquet")) for row in read_parquet(path.read_bytes())
    ]
    assert sorted(published, key=lambda document: document.id) == market.gold_documents()
    card = (out / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(card.split("---\n")[1])
    assert front["tags"] == ["event-extraction", "finance"]
    assert front["license_name"].startswith("cc0-1.0")
    assert "Annotations: `cc0-1.0`. The texts are nobody's." in card
    for label in ("Buy, Yes, Real", "Company", "Amount", "Word, States", "Voice"):
        assert f"<sub>{label}</sub>" in card
    assert "| argument with role |" in card  # agreement, though the passes are not called a and b


def test_label_studio_and_agreement_need_no_other_label(market: Project, capsys: Out) -> None:
    khabar("studio", "config")
    config = capsys.readouterr().out
    for label in ("Rise", "Company", "No", "Planned", "Voice", "Disputes", "Unsaid"):
        assert f'"{label}"' in config
    assert "لفظ العزو" in config
    khabar("agreement", market.rounds / "1" / "layla", market.rounds / "1" / "karim", "--json")
    assert json.loads(capsys.readouterr().out)["alpha"]["Day"] < 1


def test_nothing_that_was_made_speaks_of_the_other_corpus(market: Project) -> None:
    ontology = default_ontology()
    words = {"zummar", "military", "weapon", "conflict", *ontology.types, *ontology.roles, *ontology.realis}
    words |= {*ontology.polarity, *ontology.attribution.stance, *ontology.attribution.mentions}
    words -= {"Source", "Time", "Theme", "Place", "Other", "Cue", "Channel"}  # words of the pages themselves
    found = re.compile(rf"\b({'|'.join(sorted(words))})\b")
    pages = [market.root / "runs" / "dataset" / "README.md", market.root / "runs" / "report.html"]
    pages += [market.root / "runs" / "small-1" / name for name in ("README.md", "config.json")]
    for page in pages:
        assert set(found.findall(page.read_text(encoding="utf-8"))) == set(), page


def test_no_label_of_the_corpus_stands_in_the_code() -> None:
    ontology = default_ontology()
    labels = {*ontology.types, *ontology.roles, *ontology.polarity, *ontology.realis, *ontology.attribution.stance}
    labels |= {document.stem for document in (ROOT / "corpus" / "gold").glob("*.json")}
    found = re.compile(rf"\b({'|'.join(sorted(labels))})\b")
    shown = {"Theme", "Other"}  # of colours, in the report; a heading in its table of scores
    for path in sorted((ROOT / "khabar").rglob("*")):
        if path.is_relative_to(ROOT / "khabar" / "cli"):
            continue  # examples of command lines name documents
        if path.suffix == ".py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
            constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in told)
            text = "\n".join(str(node.value) for node in constants)
        elif path.suffix in {".j2", ".js", ".css"}:
            text = path.read_text(encoding="utf-8")
        else:
            continue
        assert set(found.findall(text)) <= shown, path
