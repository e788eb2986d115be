"""The comparison's own counting, without the programs: what the corpus holds, how output is read, what counts as what.

python3 -m unittest discover -s scripts/comparison -p 'test_*.py'
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import corpus  # noqa: E402
import judge  # noqa: E402
import peers  # noqa: E402
import table  # noqa: E402
from run import Run, execute  # noqa: E402

PAGE = """# Page

```python 0001
migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))]),
```

```sql before
INSERT INTO {app}_order VALUES (1)
```

## a-fault

```python 0002 fault=KIND migrate=1062
migrations.RunSQL(
    "SELECT 1",  # <- fault
),
```

## no-fault

```python 0002 harmless=KIND postgres=fault
migrations.RunSQL("SELECT 1"),
```

```sql before
INSERT INTO {app}_order VALUES (2)
```

## lonely

```python 0002 alone fault=OTHER migrate=NodeNotFoundError
migrations.RunSQL("SELECT 1"),  # <- fault
```
"""


def reported(path, line=0, note=False, rule="X", end=0):
    return peers.Reported(path, line, note, rule, end)


class Corpus(unittest.TestCase):
    def test_a_page_is_read(self):
        fault, harmless, lonely = corpus.read_page("page", PAGE)
        self.assertEqual((fault.project, fault.app, fault.path), ("page", "a_fault", "a_fault/migrations/0002_next.py"))
        self.assertEqual((fault.kind, fault.fault, fault.proof), ("KIND", True, {"migrate": "1062"}))
        self.assertEqual((harmless.fault, harmless.on_postgres, harmless.lines), (False, True, []))
        self.assertEqual(lonely.project, "page-lonely")

    def test_a_case_replaces_what_its_page_says_for_all(self):
        _, harmless, _ = corpus.read_page("page", PAGE)
        texts = [fence.text for fence in harmless.fences if fence.language == "sql"]
        self.assertEqual(texts, ["INSERT INTO {app}_order VALUES (2)\n"])

    def test_marks_name_the_line_and_are_not_written(self):
        with tempfile.TemporaryDirectory() as folder:
            cases = corpus.read_page("page", PAGE)
            corpus.write_out(cases, folder)
            text = (Path(folder) / "page" / cases[0].path).read_text("utf-8")
            self.assertNotIn("<-", text)
            self.assertIn("SELECT 1", text.splitlines()[cases[0].lines[0] - 1])
            compile(text, cases[0].path, "exec")
            merged = subprocess.run(
                ["git", "ls-tree", "-r", "--name-only", "main"], cwd=Path(folder) / "page", capture_output=True, text=True, check=True
            ).stdout.split()
            self.assertIn("a_fault/migrations/0001_initial.py", merged)
            self.assertNotIn("a_fault/migrations/0002_next.py", merged)

    def test_a_fault_without_a_mark_is_refused(self):
        with self.assertRaisesRegex(ValueError, "marked lines"):
            corpus.read_page("page", PAGE.replace("  # <- fault\n),", "\n),"))

    def test_every_kind_of_fault_has_a_case_that_looks_alike(self):
        cases = corpus.read_pages(HERE.parent.parent / "fixtures" / "compare")
        self.assertEqual(len({(case.page, case.name) for case in cases}), len(cases))
        harmless = {case.kind for case in cases if not case.fault}
        self.assertEqual({case.kind for case in cases if case.fault} - harmless, set())

    def test_what_a_program_claims_is_a_kind_of_the_corpus(self):
        kinds = {case.kind for case in corpus.read_pages(HERE.parent.parent / "fixtures" / "compare")}
        for program in peers.PROGRAMS:
            self.assertEqual(program.claims - kinds, set(), program.name)


class Counting(unittest.TestCase):
    def setUp(self):
        self.fault, self.harmless, self.lonely = corpus.read_page("page", PAGE)

    def test_a_finding_counts_on_the_file_and_on_the_line(self):
        line = self.fault.lines[0]
        on_line = judge.judge(self.fault, [reported(self.fault.path, line)], "", False)
        self.assertEqual((on_line.reported, on_line.on_line), (True, True))
        beside = judge.judge(self.fault, [reported(self.fault.path, line + 3)], "", False)
        self.assertEqual((beside.reported, beside.on_line), (True, False))
        around = judge.judge(self.fault, [reported(self.fault.path, line - 1, end=line + 1)], "", False)
        self.assertTrue(around.on_line)
        elsewhere = judge.judge(self.fault, [reported(self.harmless.path, line)], "", False)
        self.assertFalse(elsewhere.reported)

    def test_information_alone_is_no_report(self):
        said = judge.judge(self.fault, [reported(self.fault.path, note=True)], "", False)
        self.assertEqual((said.reported, said.noted), (False, True))

    def test_a_project_of_one_case_is_judged_as_a_whole(self):
        for path in ("", "lonely/migrations/0001_initial.py"):
            self.assertTrue(judge.judge(self.lonely, [reported(path)], "", True).reported)
        self.assertFalse(judge.judge(self.lonely, [reported("config/settings.py")], "", True).reported)

    def test_a_program_that_django_stops_with_the_fault_has_found_it(self):
        stopped = "Traceback…\ndjango.db.migrations.exceptions.NodeNotFoundError: x"
        self.assertTrue(judge.judge(self.lonely, [], stopped, True).reported)
        self.assertFalse(judge.judge(self.lonely, [], "Traceback…\nKeyError: x", True).reported)
        # An error number is the server's, and no program prints it by accident.
        self.assertFalse(judge.judge(self.fault, [], "1062", True).reported)

    def test_figures(self):
        cases = [self.fault, self.harmless, self.lonely]
        verdicts = {
            "page/a-fault": judge.Verdict(reported=True, on_line=True, noted=True),
            "page/no-fault": judge.Verdict(reported=True, noted=True),
            "page/lonely": judge.Verdict(noted=True),
        }
        program = peers.Program("one", "", "MySQL", {"KIND"}, None, None)
        figures = judge.count(program, cases, verdicts)
        self.assertEqual((figures["found"], figures["missed"], figures["faults"]), (1, 1, 2))
        self.assertEqual((figures["claimed_found"], figures["claimed"], figures["on_line"]), (1, 1, 1))
        self.assertEqual((figures["false_alarms"], figures["harmless"], figures["found_with_notes"]), (1, 1, 2))
        for_postgres = judge.count(peers.Program("two", "", "PostgreSQL", {"KIND"}, None, None), cases, verdicts)
        self.assertEqual((for_postgres["false_alarms"], for_postgres["harmless"]), (0, 0))


class Output(unittest.TestCase):
    project = Run(Path("/project"), "page", "python", {})

    def test_django_migration_linter(self):
        text = "(shop, 0001_initial)... OK\n(shop, 0002_next)... ERR\n\tDROPPING table\n\tNOT NULL\n*** Summary ***\n"
        found = peers.read_migration_linter(self.project, [text])
        self.assertEqual([(one.path, one.rule) for one in found][0], ("shop/migrations/0002_next.py", "DROPPING table"))
        self.assertEqual(len(found), 2)

    def test_migrationiq(self):
        text = "│ /project/shop/migrations/0002_next.py  (1 issue(s)) │\n  ● CRITICAL  DROP TABLE found\n    Line ~10\n"
        [found] = peers.read_migrationiq(self.project, [text, ""])
        self.assertEqual((found.path, found.line, found.note), ("shop/migrations/0002_next.py", 10, False))

    def test_lines(self):
        [found] = peers.read_lines(self.project, ["./shop/migrations/0002_next.py:8:9: DM001 text\nAll checks passed!\n"])
        self.assertEqual((found.path, found.line, found.rule), ("shop/migrations/0002_next.py", 8, "DM001"))

    def test_rewritten_files(self):
        diff = "--- a/shop/clock.py\n+++ b/shop/clock.py\n@@ -3,2 +3 @@ x\n-a\n-b\n+c\n"
        [found] = peers.read_django_upgrade(self.project, ["", diff, ""])
        self.assertEqual((found.path, found.line, found.end), ("shop/clock.py", 3, 4))

    def test_json_behind_other_words(self):
        self.assertEqual(peers.last_json('Gating the last commit…\n{"findings": []}'), {"findings": []})
        self.assertEqual(peers.last_json("nothing to do"), [])

    def test_time_and_memory_of_a_process(self):
        run = Run(Path("."), "page", sys.executable, {})
        code = "import sys; x = bytearray(60 << 20); print('out'); print('error', file=sys.stderr)"
        texts, errors, seconds, memory = execute(run, [[sys.executable, "-c", code]])
        self.assertEqual((texts, errors), (["out\n"], "error\n"))
        self.assertGreater(memory, 60)
        self.assertGreater(seconds, 0)


class Document(unittest.TestCase):
    results = [
        {
            "name": "one",
            "version": "1.2",
            "needs": "nothing",
            "database": "MySQL",
            "figures": {"found": 3, "faults": 4, "claimed": 0, "claimed_found": 0, "false_alarms": 1, "harmless": 5, "on_line": 2},
            "milliseconds": 1.25,
            "memory": 20.4,
        }
    ]

    def document(self, text):
        return f"# Title\n\n{table.BEGIN}\n\n{text}\n{table.END}\n\nEnd\n"

    def test_a_document_with_the_same_figures_passes_whatever_the_times(self):
        text = table.table(self.results)
        self.assertIn("| one 1.2 | nothing | MySQL | 3 of 4 | — | 1 of 5 | 2 | 1.2 | 20 |", text)
        slower = table.table([self.results[0] | {"milliseconds": 99.0, "memory": 1.0}])
        self.assertEqual(table.differences(self.document(slower), text), [])

    def test_another_figure_is_said(self):
        text = table.table(self.results)
        [said] = table.differences(self.document(text.replace("3 of 4", "4 of 4")), text)
        self.assertIn("4 of 4", said)
        self.assertEqual(len(table.differences(self.document(text.rsplit("\n", 2)[0] + "\n"), text)), 1)

    def test_a_table_is_put_between_the_marks(self):
        new = table.with_block(self.document("old\n"), "new\n")
        self.assertEqual(new, self.document("new\n"))
        with self.assertRaises(ValueError):
            table.with_block("no marks", "new")


if __name__ == "__main__":
    unittest.main()
