"""The wheel alone, with its plain dependencies in an empty environment, is a reading library."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from uv import find_uv_bin

import safer_kpi
from safer_kpi.compute.lint import statement_files

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).resolve().parents[2]
EVERY_COMMAND = Path(__file__).with_name("every_command.py")
TEMPLATE = ("audits", "contracts", "linter", "macros", "models", "seeds")
HEAVY = ("pandas", "polars", "pandera", "pydantic", "sqlmesh", "airflow", "numpy", "pyarrow", "duckdb")
READ = """
import json, sys, safer_kpi
lake = safer_kpi.open(sys.argv[1])
rows = lake.metric("1a.violence_and_sexual_offences", area="E06000058", by="quarter").rows()
checks = lake.verify().rows() if lake.place.release_id is None else lake.verify(sys.argv[1]).rows()
print(json.dumps({"rows": rows, "checks": [[check["check"], check["status"]] for check in checks]}, default=str))
"""
RECKON = """
import json, sys, duckdb, safer_kpi
lake = safer_kpi.open(sys.argv[1])
known = lake.metric("1a.violence_and_sexual_offences", area="E06000058", known_at="2024-06-30").rows()
lines = lake.compare("2024-01-01", "now", metric="1c.violence_positive_outcome_share", area="E06000058").rows()
print(json.dumps([duckdb.__version__, [row["numerator"] for row in known], [str(line["amount"]) for line in lines]]))
"""
OLDEST = "1.1.3"
IMPORT = "import sys; import safer_kpi; print(*sys.modules)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def plain(wheel: Path, empty_environment: Callable[..., Path]) -> Path:
    return empty_environment(str(wheel))


def run(interpreter: Path, *arguments: str, cwd: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SAFER_KPI"))}
    done = subprocess.run(
        [str(interpreter), *arguments], cwd=cwd, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_the_wheel_holds_the_package_and_the_projects_folders_as_template(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"safer_kpi"}
    assert "safer_kpi/py.typed" in names
    queries = {path.relative_to(PROJECT).as_posix() for path in statement_files(PROJECT)}
    assert {"safer_kpi/judging/verdict_pairs.sql", "models/kpi/observation/values.sql"} <= queries
    assert {name for name in queries if name.startswith("safer_kpi/")} <= set(names)
    assert "safer_kpi/_template/config.yaml" in names
    for folder in TEMPLATE:
        ours = {
            str(path.relative_to(PROJECT))
            for path in (PROJECT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert ours <= {name.removeprefix("safer_kpi/_template/") for name in names}


def test_the_plain_install_is_at_most_sixteen_packages(plain: Path) -> None:
    listed = subprocess.run(
        [find_uv_bin(), "pip", "list", "--format", "json", "--python", str(plain)],
        check=True,
        capture_output=True,
        text=True,
    )
    names = {package["name"] for package in json.loads(listed.stdout)} - {"safer-kpi"}
    assert {"duckdb", "fsspec", "typer", "rich", "cryptography"} <= names
    assert len(names) <= 16


def test_the_plain_install_reads_and_verifies_a_release_folder(plain: Path, published, tmp_path: Path) -> None:
    answer = json.loads(run(plain, "-c", READ, str(published.folder), cwd=tmp_path))
    with safer_kpi.open(published.home) as lake:
        expected = lake.metric(
            "1a.violence_and_sexual_offences", area="E06000058", by="quarter", release=published.release_id
        ).rows()
    assert answer["rows"] == json.loads(json.dumps(expected, default=str))
    assert answer["rows"]
    # Whom to trust is for this reader to say, who has named nobody.
    assert {check for check, status in answer["checks"] if status != "ok"} == {"approval"}
    assert not [check for check, status in answer["checks"] if status == "failed"]
    assert {"file", "certificates", "approvals", "head"} <= {check for check, _ in answer["checks"]}


def test_the_oldest_duckdb_it_allows_reckons_the_same(
    plain: Path, wheel: Path, empty_environment: Callable[..., Path], published, tmp_path: Path
) -> None:
    # DuckDB 1.1.3 has wheels up to Python 3.13
    oldest = empty_environment(str(wheel), f"duckdb=={OLDEST}", python=">=3.11,<3.14")
    answers = [json.loads(run(each, "-c", RECKON, str(published.home), cwd=tmp_path)) for each in (oldest, plain)]
    assert answers[0][0] == OLDEST
    assert answers[0][1:] == answers[1][1:]
    assert answers[0][1]
    assert answers[0][2]


@pytest.mark.parametrize("place", ["no lake", "an empty folder", "a lake", "a lake that nobody may write"])
def test_every_command_of_the_plain_install_ends_in_words(plain: Path, published, tmp_path: Path, place: str) -> None:
    home, file = tmp_path / "home", tmp_path / "2024-01-dorset-street.csv"
    file.write_text("a,b\n")
    if place == "an empty folder":
        home.mkdir()
    elif place != "no lake":
        shutil.copytree(published.home, home)
    working = tmp_path / "working"
    working.mkdir()
    locked = [path for path in (working, home, *home.rglob("*")) if path.is_dir()] if "nobody" in place else []
    for folder in locked:
        folder.chmod(0o500)
    try:
        said = run(plain, str(EVERY_COMMAND), str(home), str(file), "yes" if locked else "", cwd=working)
    finally:
        for folder in locked:
            folder.chmod(0o700)
    ended = json.loads(said)
    assert len(ended) >= 40
    # 0 done, 1 a check failed, 2 usage or a missing extra, 3 refused, 4 what the system did; 70 is a fault of ours
    assert {one["code"] for one in ended} <= {0, 1, 2, 3, 4}, [one for one in ended if one["code"] not in range(5)]
    assert not [one for one in ended if "Traceback" in one["said"]]
    assert not [one for one in ended if one["code"] and not one["said"].strip()]
    assert not [one for one in ended if "--help" in one["words"] and one["code"]]
    lacking = {" ".join(one["words"][:1]) for one in ended if "pip install 'safer-kpi[" in one["said"]}
    assert {"build", "demo", "docs", "fetch", "mcp", "up"} <= lacking
    denied = {" ".join(one["words"][:1]) for one in ended if "rights of this user" in one["said"]}
    assert ("land" in lacking, "land" in denied) == (not locked, bool(locked))


def test_importing_the_package_is_light(plain: Path, tmp_path: Path) -> None:
    loaded = {name.split(".")[0] for name in run(plain, "-c", IMPORT, cwd=tmp_path).split()}
    assert "safer_kpi" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_console_script_answers(plain: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(plain.with_name("safer-kpi")), "--help"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "land" in done.stdout


@pytest.mark.parametrize("words", [("report", "2024-25-Q4", "--out", "report"), ("publication", "draft", "2024-25-Q4")])
def test_a_report_says_which_extra_it_lacks(plain: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    script = str(plain.with_name("safer-kpi"))
    done = subprocess.run([script, *words], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'safer-kpi[report]'" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_address_on_the_web_says_which_extra_it_lacks(plain: Path, tmp_path: Path) -> None:
    words = ["metrics", "--home", "https://data.example/2024-25-Q4/"]
    done = subprocess.run(
        [str(plain.with_name("safer-kpi")), *words], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "pip install 'safer-kpi[http]'" in " ".join(done.stderr.split())


@pytest.mark.parametrize("name", ["nowhere", "published"])
def test_the_doctor_works_without_a_lake_and_without_extras(plain: Path, published, tmp_path: Path, name: str) -> None:
    home = published.home if name == "published" else tmp_path / name
    command = "from safer_kpi.cli.main import main; main()"
    rows = json.loads(run(plain, "-c", command, "doctor", "--home", str(home), "--fix", "--json", cwd=tmp_path))["rows"]
    told = {row["check"]: row["mend"] for row in rows if row["status"] == "warning"}
    assert "safer-kpi[pipeline]" in told["packages"]
    assert "safer-kpi[pipeline]" in told["extensions"]
    assert not any(row["status"] == "wrong" for row in rows)
