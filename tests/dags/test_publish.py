"""What a person is asked who comments on a report, or approves it."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from safer_kpi.errors import CheckFailed, UsageError
from safer_kpi.publishing.commenting import add_comment
from safer_kpi.publishing.model.commentary import read_commentary
from safer_kpi.settings import Settings
from tests.dags.asset_graph import load_dags
from tests.publishing.conftest import told_releases  # noqa: F401 (pytest finds fixtures by their names here)

RELEASE, DAY = "2024-25-Q1.2", dt.date(2024, 11, 5)
DRAFTED: dict[str, Any] = {
    "publication_id": "2024-25-Q4.restricted.1",
    "release_id": "2024-25-Q4",
    "edition": "restricted",
    "before": {"release_id": "2023-24-Q4"},
    "approvals": [{"name": "Ada King"}],
    "approvals_required": 2,
    "files": {"site/index.html": "ab", "site/print.html": "cd"},
}
BY_HAND = "# what we say\n- {about: quality, by: Bo Lund, date: 2024-11-04, text: Data came late.}"


@pytest.fixture
def settings(told_releases: Path, tmp_path: Path) -> Settings:  # noqa: F811 (pytest passes the fixture)
    return Settings.load(Path(shutil.copytree(told_releases, tmp_path / "home")))


def test_nothing_has_to_be_filled_in() -> None:
    dag = load_dags()["publish_report"]
    forms = [dag.params, *(task.params for task in dag.tasks if task.task_id.startswith(("comment", "approve_")))]
    names = [{"release", "edition"}, {"about", "text", "although"}, *[{"comment"}] * 3]
    assert [set(form) for form in forms] == names
    for form in forms:
        for name in form:
            param = form.get_param(name)
            assert param.value is None, name
            assert "null" in param.schema["type"], name


def test_who_approves_sees_what_they_sign() -> None:
    from safer_kpi.orchestration.publish import approval_body

    body = approval_body(DRAFTED, Path("drafts/index.html"))
    assert body.startswith("The report **2024-25-Q4.restricted.1** says what release 2024-25-Q4 certifies, and what")
    assert " certifies, and what changed since 2023-24-Q4.\n" in body
    assert "`drafts/index.html`" in body
    assert "Approved so far by Ada King." in body
    assert "its 2 files" in body
    assert "what changed" not in approval_body(DRAFTED | {"before": None}, Path("index.html"))
    public = approval_body(DRAFTED | {"before": None, "edition": "public"}, Path("index.html"))
    assert "is what everybody may read of release 2024-25-Q4. Its audit passed." in public
    assert "One of those who sign is the data protection officer." in public


def test_who_comments_sees_what_a_comment_may_be_about(settings: Settings) -> None:
    from safer_kpi.orchestration.publish import comments_body

    body = comments_body(settings, RELEASE)
    for named in ("`summary`", "`report`", "- `1a.violence_and_sexual_offences` Violence and sexual offences\n"):
        assert named in body


def test_a_comment_is_added_and_other_lines_stay(settings: Settings) -> None:
    file = settings.home / "commentary" / f"{RELEASE}.yaml"
    file.parent.mkdir()
    file.write_text(BY_HAND, encoding="utf-8")
    add_comment(settings, RELEASE, about="summary", by="Zoë: A", on=DAY, text="Thanks - to all: #1", although="")
    assert file.read_text(encoding="utf-8").startswith(BY_HAND + "\n")
    told = [(each.about, each.by, each.on, each.text) for each in read_commentary(file).comments]
    assert told == [
        ("quality", "Bo Lund", dt.date(2024, 11, 4), "Data came late."),
        ("summary", "Zoë: A", DAY, "Thanks - to all: #1"),
    ]


@pytest.mark.parametrize(
    ("before", "about", "text", "error", "says"),
    [
        (BY_HAND, "summary", "Violence fell.", CheckFailed, "contradicts the release"),
        (BY_HAND, "summary", "", UsageError, "lacks text"),
        (BY_HAND, "1x.none", "Data came late.", UsageError, "no measure of this report"),
        ("[{about: quality, by: Bo, date: 2024-11-04, text: Late.}]", "summary", "Thanks.", UsageError, "list"),
    ],
)
def test_what_cannot_be_added_leaves_the_file_alone(
    settings: Settings, before: str, about: str, text: str, error: type[Exception], says: str
) -> None:
    file = settings.home / "commentary" / f"{RELEASE}.yaml"
    file.parent.mkdir()
    file.write_text(before, encoding="utf-8")
    with pytest.raises(error, match=says):
        add_comment(settings, RELEASE, about=about, by="Ada King", on=DAY, text=text)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in file.parent.iterdir()] == [(file.name, before)]
