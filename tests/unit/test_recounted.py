"""Every metric is named in a test that recounts it from the demo's files without code of the product."""

from __future__ import annotations

import ast
from pathlib import Path

from safer_kpi.catalogue.definitions import load_definitions

ROOT = Path(__file__).resolve().parents[2]
#: They run on the demo's lake and take their numbers from ``tests/oracles``.
MODULES = (
    "test_demo.py",
    "test_demo_assessment.py",
    "test_demo_counts.py",
    "test_demo_incidents.py",
    "test_recounts.py",
)


def texts_of(module: Path) -> set[str]:
    """The texts that a module holds as values; a comment or a docstring that names a metric is not one."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_metric_has_a_recount() -> None:
    modules = [ROOT / "tests" / "docs" / name for name in MODULES]
    assert all("from tests.oracles" in module.read_text(encoding="utf-8") for module in modules)
    recounted = set().union(*map(texts_of, modules))
    assert sorted({one.metric_id for one in load_definitions(ROOT)} - recounted) == []
