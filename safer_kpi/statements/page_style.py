"""The style sheet of the page: light and dark, for screens from 320 pixels and for A4."""

from __future__ import annotations

import base64
import hashlib
import re

_SCREEN = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1d21; --quiet: #48525c; --rule: #c3cbd3; --band: #f3f5f7;
  --link: #0b4f94; --up: #1f6fb2; --down: #a8500a; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e9ecef; --quiet: #b4bdc6; --rule: #434c55; --band: #1e2327; --link: #93c7ff;
    --up: #6db3f2; --down: #f2a65a; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1rem; max-width: 54rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere; font-variant-ligatures: none; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .25rem 0 1rem; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 2.5rem 0 .75rem; padding-bottom: .25rem;
  border-bottom: 2px solid var(--ink); }
h3 { font-size: 1.1rem; line-height: 1.3; margin: 1.75rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; padding: .75rem 1rem; background: var(--paper); }
.skip:focus { left: 0; top: 0; z-index: 1; }
.mark { display: inline-block; margin: 0 0 .5rem; padding: .1rem .6rem; border: 1px solid var(--ink);
  font-size: .875rem; }
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
.k { white-space: nowrap; }
code span { display: inline-block; max-width: 100%; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
caption { text-align: left; color: var(--quiet); font-size: .875rem; padding-bottom: .35rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid var(--rule); }
th { font-weight: 400; }
thead th { font-weight: 600; vertical-align: bottom; border-bottom: 1px solid var(--ink); }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
.balance th, .balance td { font-weight: 600; background: var(--band); }
tfoot th, tfoot td { color: var(--quiet); border-bottom: 3px double var(--rule); }
.n small { white-space: normal; }
.moved th:first-child { width: 44%; }
.course { width: 9rem; }
.statement thead th small { display: block; margin: 0; }
.course svg { display: block; width: 100%; height: 1.25rem; }
.up { fill: var(--up); } .down { fill: var(--down); } .level { fill: var(--ink); }
footer { margin-top: 3rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
@media (max-width: 40rem) {
  .course { display: none; }
  .statement th small { display: block; margin-left: 0; white-space: normal; }
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
  :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #333; --rule: #999; --band: #fff; --link: #000;
    --up: #555; --down: #bbb; }
  body { max-width: none; padding: 0; font-size: 10pt; }
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
  .course svg { height: 3mm; }
  .course { width: 32mm; display: table-cell; }
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
    return f"{_SCREEN}{_PRINT}{_PAGES % _css_text(running_title)}"


def _css_text(text: str) -> str:
    """Return a text for a CSS string; characters other than ASCII letters, digits and spaces become codes."""
    return re.sub(r"[^A-Za-z0-9 .:]", lambda found: f"\\{ord(found[0]):x} ", text)


def policy(sheet: str) -> str:
    """Return a Content-Security-Policy that allows this style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
