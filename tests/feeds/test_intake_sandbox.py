"""The child process: its limits, its death, and what it may touch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from safer_kpi.errors import InputRefused, SaferKpiError
from safer_kpi.intake import Dialect, forking, parse, preflight, sandbox
from tests.feeds.reading_back import intake, rows_of

PLAIN = b"id,name\n1,north\n2,south\n"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A small good file."""
    path = tmp_path / "file.csv"
    path.write_bytes(PLAIN)
    return path


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """60 MB in which every value is another: no dictionary helps."""
    path = tmp_path / "wide.csv"
    with path.open("w", encoding="ascii") as file:
        file.write("id,a,b,c\n")
        for n in range(600_000):
            file.write(f"{n},{n * 7919:032x},{n * 104729:032x},{n * 1299709:032x}\n")
    return path


def instead_of_the_child(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let the child run ``code`` in place of its own start."""
    monkeypatch.setattr(sandbox, "_START", code)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", "killed"),
        ("import os; os.abort()", "signal 6"),
        ("import ctypes; ctypes.string_at(0)", "signal 11"),
        ("raise SystemExit(7)", "exit code 7"),
        ("raise RuntimeError('north')", "exit code 1"),
        ("pass", "no answer"),
        ("print('[]')", "no answer"),
        ("print('{\"rows')", "no answer"),
        ("import os; os.close(0); os.kill(os.getpid(), 24)", "processor time"),
    ],
)
def test_however_the_child_dies_the_file_is_refused(
    code: str, said: str, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead_of_the_child(monkeypatch, code)
    with pytest.raises(InputRefused, match=said) as refused:
        intake(plain)
    assert refused.value.rule == "sandbox"
    assert "north" not in str(refused.value)
    assert [file.name for file in plain.parent.iterdir()] == ["file.csv"]


def test_a_child_that_hangs_is_stopped(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead_of_the_child(monkeypatch, "import time; time.sleep(60)")
    with pytest.raises(InputRefused, match="stopped after 2 seconds"):
        intake(plain, cpu_seconds=1)


def test_a_child_that_answers_without_end_is_refused(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_MOST_ANSWER_BYTES", 2**20)
    instead_of_the_child(monkeypatch, "print('[' + '1,' * 2**20 + '1]')")
    with pytest.raises(InputRefused, match="no answer"):
        intake(plain)


def test_memory_is_limited(wide: Path) -> None:
    with pytest.raises(InputRefused) as refused:
        intake(wide, memory_bytes=96 * 2**20)
    assert refused.value.rule == "sandbox"


def test_processor_time_is_limited(wide: Path) -> None:
    # A quoted line end makes each record be read by itself: seconds of work.
    slow = wide.with_name("slow.csv")
    slow.write_bytes(b'id,a,b,c\n1,"\n",2,3\n' + wide.read_bytes().split(b"\n", 1)[1])
    with pytest.raises(InputRefused, match=r"processor time|stopped after") as refused:
        intake(slow, cpu_seconds=1)
    assert refused.value.rule == "sandbox"


def test_a_full_disk_is_not_the_files_fault(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead_of_the_child(monkeypatch, 'print(\'{"failed": "No space left on device"}\')')
    with pytest.raises(SaferKpiError, match="No space left") as failed:
        intake(plain)
    assert not isinstance(failed.value, InputRefused)


def test_an_old_output_stays_when_a_file_is_refused(plain: Path) -> None:
    parsed = intake(plain)
    before = parsed.parquet.read_bytes()
    plain.write_bytes(PLAIN + b"3")
    with pytest.raises(InputRefused):
        intake(plain)
    assert parsed.parquet.read_bytes() == before


def test_the_child_inherits_no_environment(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFER_KPI_SECRET", "x")
    code = "import os, json; print(json.dumps({'failed': ' '.join(sorted(os.environ))}))"
    instead_of_the_child(monkeypatch, code)
    with pytest.raises(SaferKpiError) as told:
        intake(plain)
    assert "SECRET" not in str(told.value)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('https://example.org/a.csv')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO 'elsewhere.csv'",
        "ATTACH 'elsewhere.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/hostname']",
    ],
)
def test_duckdb_reaches_nothing_but_its_files(statement: str, tmp_path: Path) -> None:
    code = (
        "import sys; from safer_kpi.intake import read; c = read._connect(2**30, 2**30)\n"
        "try: c.execute(sys.argv[1]); print('reached')\n"
        "except read.duckdb.Error as error: print('denied')"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, statement],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(sandbox.__file__).parents[2])},
    )
    assert said.stdout.strip() == "denied"
    assert list(tmp_path.iterdir()) == []


def test_the_child_ends_with_its_parent(tmp_path: Path, plain: Path) -> None:
    # A parent that is killed while its child, which leaves its number and then sleeps, is still at work.
    hold = (
        "import os, time; import safer_kpi.intake.child as child; "
        "child.read = lambda job: (open('pid', 'w').write(str(os.getpid())), time.sleep(60)); child.main()"
    )
    code = (
        "import sys; from pathlib import Path; from safer_kpi.intake import Dialect, parse, preflight, sandbox\n"
        f"sandbox._START = {hold!r}\n"
        "path = Path(sys.argv[1]); found = preflight(path, Dialect())\n"
        "parse(path, found, Dialect(), list(found.header), path.with_suffix('.parquet'))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(plain)],
        env={**os.environ, "PYTHONPATH": str(Path(sandbox.__file__).parents[2])},
    )
    marks: list[Path] = []
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (marks and marks[0].read_text()):
        marks = list(tmp_path.glob(f"{sandbox.WORK_PREFIX}*/pid"))
        time.sleep(0.05)
    child = int(marks[0].read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while time.monotonic() < deadline and _alive(child):
        time.sleep(0.05)
    assert not _alive(child)


def _alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] not in "ZX"


def test_files_can_be_read_side_by_side(tmp_path: Path) -> None:
    found: dict[int, list[tuple[object, ...]]] = {}

    def read(n: int) -> None:
        path = tmp_path / f"{n}.csv"
        path.write_bytes(b"id,name\n%d,north\n" % n)
        found[n] = rows_of(intake(path))

    threads = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: [(2, str(n), "north")] for n in range(4)}


def test_the_child_loads_nothing_heavy() -> None:
    code = (
        "import sys, safer_kpi.intake.child\n"
        "print(*sorted({'duckdb', 'pandas', 'numpy', 'polars', 'pandera', 'pydantic', 'pyarrow'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(sandbox.__file__).parents[2])},
    )
    # The extension module of DuckDB is enough; even its package is left out.
    assert said.stdout.strip() == ""


def test_the_file_may_be_named_relative_to_the_current_folder(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(plain.parent)
    path = Path("file.csv")
    found = preflight(path, Dialect())
    parsed = parse(path, found, Dialect(), list(found.header), Path("out.parquet"))
    assert parsed.parquet == plain.parent / "out.parquet"
    assert rows_of(parsed) == [(2, "1", "north"), (3, "2", "south")]


def test_one_server_forks_every_child_and_none_of_them_waits(plain: Path) -> None:
    parsed = intake(plain)
    server = forking._servers[os.getpid()]
    assert rows_of(intake(plain)) == rows_of(parsed) == [(2, "1", "north"), (3, "2", "south")]
    assert forking._servers[os.getpid()] is server
    assert Path(f"/proc/{server._process.pid}/task/{server._process.pid}/children").read_text().split() == []


def test_no_child_sees_what_another_has_done(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead_of_the_child(monkeypatch, "import safer_kpi.intake.child as child; child.main = None; raise SystemExit(7)")
    with pytest.raises(InputRefused, match="exit code 7"):
        intake(plain)
    monkeypatch.undo()
    assert rows_of(intake(plain)) == [(2, "1", "north"), (3, "2", "south")]


def test_a_server_that_was_killed_refuses_no_file(plain: Path) -> None:
    intake(plain)
    server = forking._servers[os.getpid()]
    os.kill(server._process.pid, signal.SIGKILL)
    assert rows_of(intake(plain)) == [(2, "1", "north"), (3, "2", "south")]
    assert forking._servers[os.getpid()] is not server


def test_where_the_server_dies_with_its_child_at_work_the_file_is_refused(
    plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead_of_the_child(monkeypatch, "import os; os.kill(os.getppid(), 9); os.read(0, 1); os.read(0, 1)")
    with pytest.raises(InputRefused, match="killed") as refused:
        intake(plain)
    assert refused.value.rule == "sandbox"


def test_a_fork_has_a_server_of_its_own(plain: Path) -> None:
    intake(plain)
    server = forking._servers[os.getpid()]
    child = os.fork()
    if child == 0:
        try:
            good = rows_of(intake(plain)) == [(2, "1", "north"), (3, "2", "south")]
            os._exit(0 if good and forking._servers[os.getpid()] is not server else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert rows_of(intake(plain)) == [(2, "1", "north"), (3, "2", "south")]


def test_a_thread_can_give_its_child_up(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead_of_the_child(monkeypatch, "import time; open('pid', 'w').close(); time.sleep(60)")
    found: list[str] = []

    def read() -> None:
        with pytest.raises(InputRefused) as refused:
            intake(plain)
        found.append(refused.value.rule)

    reading = threading.Thread(target=read)
    reading.start()
    while not list(plain.parent.glob(f"{sandbox.WORK_PREFIX}*/pid")):
        time.sleep(0.01)
    assert reading.ident is not None
    sandbox.stop_child(reading.ident)
    reading.join()
    assert found == ["sandbox"]


def test_the_server_ends_with_its_parent() -> None:
    code = (
        "import os, sys, time; from safer_kpi.intake import forking\n"
        "forking.start_server(); print(forking._servers[os.getpid()]._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(sandbox.__file__).parents[2])},
    )
    assert parent.stdout is not None
    server = int(parent.stdout.readline())
    assert _alive(server)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and _alive(server):
        time.sleep(0.05)
    assert not _alive(server)
