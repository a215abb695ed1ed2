"""SQLMesh's loader with the tables of landing: one per feed, with the columns of its contract."""

from __future__ import annotations

import ast
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlmesh.core.config import Config
from sqlmesh.core.loader import SqlMeshLoader
from sqlmesh.core.model import Model, create_external_model
from sqlmesh.core.model.cache import OptimizedQueryCache
from sqlmesh.core.snapshot import cache as snapshot_cache
from sqlmesh.core.snapshot.cache import SnapshotCache
from sqlmesh.core.state_sync.db import snapshot as snapshot_state

from safer_kpi.lake.journal import CHANGE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from sqlmesh.core.snapshot import Snapshot, SnapshotId


class _PlacelessConfig(Config):
    """Settings whose fingerprint does not depend on the lake's place: a model is the same in every lake."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint without the gateways, and without the variables: not every model uses each of them."""
        bare = self.model_copy(update={"gateways": {}, "variables": {}})
        return str(super(_PlacelessConfig, bare).fingerprint)


class _ByContent(SqlMeshLoader._Cache):  # noqa: SLF001 (no setting of SQLMesh chooses how a model is known)
    """Know a parsed model by what its file and all it uses hold, so that projects can share one cache.

    SQLMesh knows it by the newest time of change among them: a file that is replaced by an older one would be missed,
    and a copied project would be parsed anew.
    """

    def _model_cache_entry_id(self, model_path: Path) -> str:
        text = model_path.read_text(encoding="utf-8")
        digest = hashlib.sha256(f"{self._shared}\0{text}".encode())
        used = self._with_macros(text)
        for name, value in sorted(self._loader.config.variables.items()):
            if name in used:
                digest.update(f"\0{name}\0{value}".encode())
        return digest.hexdigest()

    @cached_property
    def _macros(self) -> dict[str, list[str]]:
        """The text of every file of macros, and the functions it defines."""
        texts = [path.read_text(encoding="utf-8") for path in sorted((self.config_path / "macros").glob("*.py"))]
        return {
            text: [each.name for each in ast.parse(text).body if isinstance(each, ast.FunctionDef)] for text in texts
        }

    @cached_property
    def _shared(self) -> str:
        """The digest of what every model is read with: settings, macros and audits."""
        digest = hashlib.sha256(self._loader.config.fingerprint.encode())
        digest.update(f"\0{self._loader.context.default_catalog}".encode())
        audits = [path.read_text(encoding="utf-8") for path in sorted((self.config_path / "audits").rglob("*.sql"))]
        for text in [*self._macros, *audits]:
            digest.update(f"\0{text}".encode())
        return digest.hexdigest()

    def _with_macros(self, text: str) -> str:
        """The text of a model with that of the macros it names, and those that they name."""
        left = dict(self._macros)
        while found := [macro for macro, functions in left.items() if any(name in text for name in functions)]:
            text += "".join(found)
            for macro in found:
                del left[macro]
        return text


class _Unread(OptimizedQueryCache):
    """Keep no query: a model renders its own when it is needed."""

    def put(self, model: Model) -> None:
        """Keep nothing."""

    def with_optimized_query(self, model: Model, name: str | None = None) -> bool:  # noqa: ARG002 (SQLMesh names them)
        """Leave the model as it is."""
        return False


class _LakesOwn(SnapshotCache):
    """Read every snapshot from the lake's own state.

    SQLMesh keeps snapshots in files by fingerprint, in a folder that all lakes of a project share. But the version of a
    snapshot, which names its table, depends on the history of a lake: one lake would look for the tables of another.
    """

    def get_or_load(
        self, snapshot_ids: set[SnapshotId], loader: Callable[[set[SnapshotId]], Collection[Snapshot]]
    ) -> tuple[dict[SnapshotId, Snapshot], set[SnapshotId]]:
        """Load the snapshots from the state; none is a hit of the cache."""
        loaded = {snapshot.snapshot_id: snapshot for snapshot in loader(snapshot_ids)}
        for snapshot in loaded.values():
            self._update_node_hash_cache(snapshot)
        return loaded, set()

    def put(self, snapshot: Snapshot) -> None:
        """Keep nothing."""


def keep_to_the_lake() -> None:
    """Make SQLMesh read snapshots from the lake's state alone, and know parsed models by their content.

    The queries that it remembers for snapshots are left unread.

    A build replaces the models of those snapshots by the project's own, and would read each query twice before that: a
    quarter of the time of a small build.
    """
    snapshot_cache.OptimizedQueryCache = _Unread  # type: ignore[attr-defined]  # the module that looks for the class
    snapshot_state.SnapshotCache = _LakesOwn  # type: ignore[attr-defined]  # the same
    # SQLMesh's loader makes its cache by this name, and takes no other class.
    SqlMeshLoader._Cache = _ByContent  # type: ignore[misc]  # noqa: SLF001 (the line above)


def loader_of(feeds: Mapping[str, Sequence[str]], *, tests: bool) -> type[SqlMeshLoader]:
    """Return a loader that knows ``landing.<feed>`` for each of ``feeds``, given the columns of its contract.

    The models' ``tests`` take long to read, and no build needs them.
    """

    class _Loader(SqlMeshLoader):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.config = _PlacelessConfig.model_construct(**self.config.__dict__)

        def load_model_tests(self) -> list[Any]:
            return super().load_model_tests() if tests else []

        def _load_external_models(self, audits: Any, cache: Any, gateway: str | None = None) -> Any:
            models = super()._load_external_models(audits, cache, gateway)
            for feed, columns in feeds.items():
                model = create_external_model(
                    f"landing.{feed}",
                    defaults=self.config.model_defaults.dict(),
                    project=self.config.project,
                    dialect=self.config.model_defaults.dialect,
                    default_catalog=self.context.default_catalog,
                    path=self.config_path / "contracts" / "feeds" / f"{feed}.py",
                    description=f"One change row of the {feed} feed.",
                    columns={**CHANGE_COLUMNS, **dict.fromkeys(columns, "VARCHAR")},
                )
                models[model.fqn] = model
            return models

    return _Loader
