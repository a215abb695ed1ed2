"""House law on models, as rules of the SQLMesh linter."""
