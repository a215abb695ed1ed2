"""A marimo notebook that shows one measure of a lake or a release: ``marimo edit notebook.py -- --home lake``."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="One measure")


@app.cell
def _():
    import marimo as mo

    import safer_kpi

    asked = mo.cli_args()
    lake = safer_kpi.open(asked.get("home"))
    return asked, lake, mo


@app.cell
def _(asked, lake, mo):
    titles = {row["metric_id"]: row["title"] for row in lake.metrics().rows()}
    areas = {row["area_name"]: row["area_code"] for row in lake.areas().rows() if row["area_type"] != "unplaced"}
    metric = mo.ui.dropdown(
        {f"{title} ({metric_id})": metric_id for metric_id, title in titles.items()},
        value=next(f"{title} ({one})" for one, title in titles.items() if one == asked.get("metric", one)),
        label="Measure",
    )
    area = mo.ui.dropdown(areas, value=next(iter(areas)), label="Area")
    mo.hstack([metric, area], justify="start")
    return area, metric, titles


@app.cell
def _(area, lake, metric, mo, titles):
    numbers = lake.metric(metric.value, area=area.value, by="quarter").rows()
    # An empty value is not zero; the status says why it is empty.
    shown = [
        {
            "period": row["period"],
            "value": row["status"] if row["value"] is None else row["value"],
            "from": row["lower"],
            "to": row["upper"],
            "unit": row["unit"],
            "status": row["status"],
            "coverage": row["coverage"],
            "release": row["release_id"],
        }
        for row in numbers
    ]
    mo.vstack([mo.md(f"## {titles[metric.value]}"), mo.ui.table(shown, selection=None, pagination=False)])
    return


@app.cell
def _(area, lake, metric, mo):
    judged = lake.verdicts(metric.value, area=area.value, by="quarter").rows()
    told = [f"- {row['period']} against {row['against']}: **{row['verdict']}** ({row['reason']})" for row in judged]
    mo.md("\n".join(told) or "This measure has no verdict here.")
    return


@app.cell
def _(lake, mo):
    missing = [f"- {row['kpi']} {row['words']}: {row['note']}" for row in lake.kpis().rows() if row["note"]]
    mo.md("\n".join(["### What nobody measures yet", *missing]) if missing else "Every indicator is measured.")
    return


if __name__ == "__main__":
    app.run()
