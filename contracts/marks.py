"""Marks that partners write instead of a figure or behind one, and what each means.

``SHORTHAND`` is the shorthand of official statistics in the United Kingdom, as the devolved and central publishers list
it (https://stats.gov.wales/en-GB/shorthand), with ``..`` and ``:`` of older tables and of Eurostat. A contract adds its
own by the term ``marks``; ``safer_kpi.catalogue.marks`` says what each meaning does to a figure.
"""

from collections.abc import Mapping

SHORTHAND: Mapping[str, str] = {
    "[c]": "suppressed",
    "[low]": "low",
    "[k]": "low",
    "[x]": "unavailable",
    "..": "unavailable",
    ":": "unavailable",
    "[z]": "not_applicable",
    "[w]": "none_recorded",
    "[f]": "forecast",
    "[p]": "provisional",
    "[r]": "revised",
    "[e]": "estimated",
    "[a]": "average",
    "[t]": "total",
    "[b]": "break",
    "[u]": "low_reliability",
    "[ns]": "significance",
    "[s]": "significance",
    "[ss]": "significance",
    "[sss]": "significance",
}
