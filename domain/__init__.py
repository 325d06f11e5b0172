"""The business: what may be asked, what has happened, and what follows from it.

Its top level is pure and imports the standard library only; `domain.adapters` holds the concrete parts.
"""
