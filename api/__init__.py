"""Every way in: GraphQL, health and the command line.

Imports domain and domain.adapters, never workers; other rooms are started as commands. The only room with `async`.
"""
