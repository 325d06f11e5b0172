"""The doing processes: the dispatcher, the actors and the child that does native work.

Imports domain and domain.adapters, never api.
"""
