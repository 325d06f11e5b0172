"""Any plug is pulled at any time, and everything is found again: random work, harm, and verdicts from log and disk.

`make chaos` runs rounds by `python -m tests.chaos`; CHAOS_SEED and CHAOS_ROUNDS choose which and how many.
"""
