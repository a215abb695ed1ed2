"""What a verdict is, what is compared with what, and why a number is not judged: what builds and readers share.

A build tests what can be judged and stores it (``safer_kpi/compute/verdicts.py``). What cannot be judged has no row: a
reader derives it and its reason when asked (``safer_kpi/reading/every_verdict.py``).
"""
