"""A module that takes its time, as large libraries do on a busy machine."""

import time

time.sleep(6.0)
