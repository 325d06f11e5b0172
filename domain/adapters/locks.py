"""The advisory locks of the database, each a number of its own. `migrations/` imports nothing of ours and repeats its
two: 7316001 while it migrates, 7316002 in `append_events`."""

APPEND = 7_316_002
LEADER = 7_316_003
REBUILD = 7_316_004
RESERVE = 7_316_005
