"""Look at a lake, its settings and the servers they name; say what is wrong and what would mend it."""

from safer_kpi.diagnosis.clocks import mend_clock
from safer_kpi.diagnosis.examination import examine, mend
from safer_kpi.diagnosis.finding import COLUMNS, OK, WARNING, WRONG, Finding

__all__ = ["COLUMNS", "OK", "WARNING", "WRONG", "Finding", "examine", "mend", "mend_clock"]
