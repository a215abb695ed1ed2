"""House law on models: stated owners, explained columns, ledgers built by entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot.expressions import Query
from sqlmesh.core.linter.rule import Rule, RuleViolation
from sqlmesh.core.model import ExternalModel, SqlModel

if TYPE_CHECKING:
    from sqlmesh.core.model import Model


class StatedModel(Rule):
    """A model names its owner, its grain and what one row is."""

    def check_model(self, model: Model) -> RuleViolation | None:
        """Return what is wrong with the model, or None."""
        if isinstance(model, ExternalModel):
            return None
        missing = [name for name in ("owner", "description", "grains") if not getattr(model, name)]
        return self.violation(f"Model {model.name} does not state {', '.join(missing)}.") if missing else None


class StatedColumns(Rule):
    """Every output column is cast and commented."""

    def check_model(self, model: Model) -> RuleViolation | None:
        """Return what is wrong with the model, or None."""
        if isinstance(model, ExternalModel):
            return None
        uncommented = [
            name for name in (model.columns_to_types or {}) if not (model.column_descriptions or {}).get(name)
        ]
        if uncommented:
            return self.violation(f"Model {model.name} has columns without a comment: {', '.join(uncommented)}.")
        # As rendered: a macro may stand for columns.
        query = model.render_query() if isinstance(model, SqlModel) else None
        if isinstance(query, Query):
            uncast = [one.alias_or_name for one in query.selects if one.unalias().key != "cast"]
            if uncast:
                return self.violation(f"Model {model.name} has columns without a cast: {', '.join(uncast)}.")
        return None


class LedgerByEntry(Rule):
    """A ledger is incremental by the day of its entries, so that a delivery costs what it changes."""

    def check_model(self, model: Model) -> RuleViolation | None:
        """Return what is wrong with the model, or None."""
        if not model.name.startswith("ledger."):
            return None
        column = model.time_column
        if not model.kind.is_incremental_by_time_range or column is None or column.column.name != "posted_on":
            return self.violation(f"Model {model.name} is not incremental by posted_on.")
        return None
