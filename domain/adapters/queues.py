"""The queues of jobs, named for the resource that the work uses up."""

DOWNLOADS, CORES, HOUSEKEEPING = "downloads", "cores", "housekeeping"
