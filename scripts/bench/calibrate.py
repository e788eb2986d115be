"""Times ALTER on tables of several sizes and shapes, and compares with what `plan --calibration` predicts.

usage: calibrate.py PROGRAM FOLDER ROWS...     (started by scripts/bench/calibrate, whose server listens on FOLDER/s)
"""

import math
import os
import pathlib
import subprocess
import sys
import time
import tomllib

SHAPES = {
    # One index over a number, a wide text: 300 bytes a row.
    "plain": "id BIGINT AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL, b VARCHAR(64) NOT NULL, c VARCHAR(255) NOT NULL, KEY (a)",
    # 50 bytes a row.
    "narrow": "id BIGINT AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL, b VARCHAR(16) NOT NULL, c VARCHAR(16) NOT NULL",
    # Half of the bytes are indexes.
    "indexes": "id BIGINT AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL, b VARCHAR(64) NOT NULL, c VARCHAR(100) NOT NULL, KEY (a), KEY (b), KEY (c(20))",
}
WORK = {
    "copy": "ALTER TABLE bench.t FORCE, ALGORITHM=COPY",
    "rebuild": "ALTER TABLE bench.t FORCE, ALGORITHM=INPLACE",
    "index": "ALTER TABLE bench.t ADD INDEX extra (b), ALGORITHM=INPLACE",
}


def sql(folder, text):
    line = ["mariadb", "--no-defaults", "--user=root", f"--socket={folder}/s", "--batch", "--skip-column-names", "-e", text]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


def expected(points, work, size, rows):
    """The middle of the range, as src/plan/rates.rs reads it off the points."""
    by_bytes = on_the_line(points, "bytes", size)
    return max(by_bytes, on_the_line(points, "rows", rows)) if work == "index" else by_bytes


def on_the_line(points, of, size):
    points = sorted((one[of], max(one["ms"], 1)) for one in points)
    first, last = points[0], points[-1]
    if size <= first[0]:
        return first[1] * size / first[0]
    if size >= last[0]:
        return last[1] * size / last[0]
    for below, above in zip(points, points[1:]):
        if size <= above[0]:
            part = math.log(size / below[0]) / math.log(above[0] / below[0])
            return below[1] * (above[1] / below[1]) ** part


def main(program, folder, *sizes):
    folder = pathlib.Path(folder)
    project = folder / "project"
    project.mkdir()
    (project / "manage.py").write_text("from django.core.management import execute_from_command_line\n")
    (project / "bklog-lint.toml").write_text(f'[gate.calibrate]\nsocket = "{folder}/s"\nuser = "root"\n')
    rows = os.environ.get("CALIBRATE_ROWS")
    words = ["gate", "calibrate", "--allow-writes", "--limit", "3600", *(["--rows", rows] if rows else [])]
    begin = time.monotonic()
    print(subprocess.run([program, *words], cwd=project, check=True, capture_output=True, text=True).stdout)
    print(f"calibrated in {time.monotonic() - begin:.0f} s")
    calibration = tomllib.loads((project / "calibration.toml").read_text())
    print(f"{'shape':8} {'rows':>9} {'MB':>7} {'work':8} {'predicted':>10} {'measured':>9} {'ratio':>6}")
    for count in sizes:
        for shape, columns in SHAPES.items():
            wide = 16 if shape == "narrow" else 0
            values = (
                f"seq * 7919 % 1000003, LEFT(MD5(seq), {wide}), LEFT(MD5(seq + 1), {wide})"
                if wide
                else f"seq * 7919 % 1000003, MD5(seq), REPEAT(MD5(seq + 1), {5 if shape == 'plain' else 3})"
            )
            sql(folder, f"CREATE OR REPLACE DATABASE bench; CREATE TABLE bench.t ({columns}) ENGINE=InnoDB")
            sql(folder, f"INSERT INTO bench.t (a, b, c) SELECT {values} FROM mysql.seq_1_to_{count}; ANALYZE TABLE bench.t")
            size = int(sql(folder, "SELECT data_length + index_length FROM information_schema.tables WHERE table_schema = 'bench'"))
            for work, statement in WORK.items():
                begin = time.monotonic()
                sql(folder, statement)
                took = time.monotonic() - begin
                points = [one for one in calibration["measured"] if one["work"] == work]
                predicted = expected(points, work, size, int(count)) / 1000
                print(f"{shape:8} {count:>9} {size / 1e6:7.0f} {work:8} {predicted:8.2f} s {took:7.2f} s {predicted / took:6.2f}", flush=True)


main(*sys.argv[1:])
