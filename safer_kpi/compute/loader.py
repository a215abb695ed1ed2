"""SQLMesh's loader, told of the tables that landing keeps: one per feed, with the columns of its contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlmesh.core.config import Config
from sqlmesh.core.loader import SqlMeshLoader
from sqlmesh.core.model import Model, create_external_model
from sqlmesh.core.model.cache import OptimizedQueryCache
from sqlmesh.core.snapshot import cache as snapshot_cache

from safer_kpi.lake.journal import CHANGE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class _PlacelessConfig(Config):
    """Settings whose fingerprint does not depend on where the lake lies: a model reads the same in every lake."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint without the gateways."""
        return str(super(_PlacelessConfig, self.model_copy(update={"gateways": {}})).fingerprint)


class _Unread(OptimizedQueryCache):
    """Keeps no query and knows none: a model renders its own where it is asked for it."""

    def put(self, model: Model) -> None:
        """Keep nothing."""

    def with_optimized_query(self, model: Model, name: str | None = None) -> bool:  # noqa: ARG002 (SQLMesh names them)
        """Leave the model as it is."""
        return False


def leave_remembered_queries() -> None:
    """Read no query of the models that SQLMesh remembers: in their places it puts the project's own, with theirs.

    It would read each of them twice before it does so: a quarter of what a small build takes.
    """
    snapshot_cache.OptimizedQueryCache = _Unread  # type: ignore[attr-defined]  # where it looks for the class


def loader_of(feeds: Mapping[str, Sequence[str]], *, tests: bool) -> type[SqlMeshLoader]:
    """A loader that knows ``landing.<feed>`` for each of ``feeds``, given the columns of its contract.

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
