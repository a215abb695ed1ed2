"""Feed contracts and KPI definitions, loaded and checked."""
