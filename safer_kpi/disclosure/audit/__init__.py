"""The auditor of public figures: what could anybody work out of everything that was ever published?

It shares no code with the part that protects figures, and never sees its key.
"""

from safer_kpi.disclosure.audit.chain.audit import audit_editions
from safer_kpi.disclosure.audit.result import Finding, Result

__all__ = ["Finding", "Result", "audit_editions"]
