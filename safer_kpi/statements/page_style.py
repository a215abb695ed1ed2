"""The style sheet of the page: a report's colours and type, light and dark, from 320 pixels to A4."""

from __future__ import annotations

import base64
import hashlib
import re

from safer_kpi.statements.page_statement import STATEMENT_STYLE

_SCREEN = """
:root { color-scheme: light dark; --paper: #fff; --ink: #0b0c0c; --quiet: #484949; --rule: #cecece; --tint: #f4f8fb;
  --brand: #12436d; --link: #1a65a6; --line: #1d4f91; --fall: #b35900; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e9ecef; --quiet: #b4bdc6; --rule: #434c55; --tint: #1e2327; --link: #93c7ff;
    --line: #6db3f2; --fall: #f2a65a; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", Arial, sans-serif;
  overflow-wrap: anywhere; font-variant-ligatures: none; }
.in { max-width: 54rem; margin: 0 auto; padding: 0 1rem; }
.top { background: var(--brand); color: #fff; }
.top .in { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0 1.25rem;
  padding: .75rem 1rem; }
.top p { margin: .25rem 0; }
.name { font-size: 1.125rem; font-weight: 700; line-height: 1.3; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1.75rem 0 1rem; }
h2 { font-size: 1.5rem; line-height: 1.25; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.1rem; line-height: 1.3; margin: 1.75rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; padding: .75rem 1rem; background: var(--paper); }
.skip:focus { left: 0; top: 0; z-index: 1; }
.mark { padding: 0 .5rem; border: 1px solid #fff; font-size: .9375rem; font-weight: 700; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
nav li { margin: 0; }
nav a { display: inline-block; padding: .25rem 0; }
dl { margin: 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; }
ol, ul { padding-left: 1.5rem; }
li { margin: .6rem 0; max-width: 46rem; }
li p { margin: .25rem 0; }
.quiet, small { color: var(--quiet); font-size: .875rem; }
th small { display: block; font-weight: 400; }
.statement th small { display: inline; margin-left: .6rem; white-space: nowrap; }
code { font: .875em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
code span { display: inline-block; max-width: 100%; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
caption { text-align: left; color: var(--quiet); font-size: .875rem; padding-bottom: .35rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid var(--rule); }
th { font-weight: 400; }
thead th { font-weight: 600; vertical-align: bottom; border-bottom: 1px solid var(--ink); }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
tfoot th, tfoot td { color: var(--quiet); border-bottom: 3px double var(--rule); }
.n small { white-space: normal; }
.moved th:first-child { width: 44%; }
.statement thead th small { display: block; margin: 0; }
footer { margin-top: 3rem; padding: .75rem 0 2rem; border-top: 2px solid var(--brand); background: var(--tint); }
@media (max-width: 40rem) {
  th, td { padding: .35rem .25rem; }
  h1 { font-size: 1.4rem; }
  .moved, .files { table-layout: fixed; font-size: .8125rem; }
  .moved th, .moved td { padding: .35rem .2rem; }
  .moved small { font-size: .75rem; }
  .moved th:first-child { width: 35%; }
  .moved .n { width: 18%; }
  .files .n { width: 24%; }
  ol, ul { padding-left: 1.25rem; }
}
"""
_PRINT = """
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #333; --rule: #999; --tint: #fff; --link: #000;
    --line: #555; --fall: #bbb; }
  body { font-size: 10pt; }
  .in, .top .in { max-width: none; padding: 0; }
  .top { background: #fff; color: #000; border-bottom: 2px solid #000; }
  .mark { border-color: #000; }
  nav, .skip { display: none; }
  a { text-decoration: none; }
  h1 { font-size: 18pt; }
  h2 { font-size: 14pt; }
  h3 { font-size: 11.5pt; }
  h2, h3 { break-after: avoid; }
  p, li { orphans: 3; widows: 3; max-width: none; }
  li, tr, .kept { break-inside: avoid; }
  thead { display: table-header-group; }
  tfoot { display: table-row-group; }
  table { font-size: 9pt; }
  th, td { padding: 1mm 1.5mm; }
  .quiet, small, caption { font-size: 8pt; }
  code { font-size: 8pt; }
  .statement th small { display: inline; margin-left: 2mm; }
  .own-page { break-before: page; }
}
"""
_PAGES = """
@page {
  size: A4; margin: 20mm 16mm;
  @top-left { content: "%s"; font: 8pt sans-serif; color: #333; }
  @bottom-left { content: "Restricted"; font: 8pt sans-serif; color: #333; }
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt sans-serif; color: #333; }
}
"""


def style(running_title: str) -> str:
    """Return the style sheet; the title is printed at the top of each page."""
    statement = STATEMENT_STYLE.read_text(encoding="utf-8")
    return f"{_SCREEN}{statement}{_PRINT}{_PAGES % _css_text(running_title)}"


def _css_text(text: str) -> str:
    """Return a text for a CSS string; characters other than ASCII letters, digits and spaces become codes."""
    return re.sub(r"[^A-Za-z0-9 .:]", lambda found: f"\\{ord(found[0]):x} ", text)


def policy(sheet: str) -> str:
    """Return a Content-Security-Policy that allows this style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
