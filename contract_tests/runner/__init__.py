"""The pytest hooks, options and limits of a run."""
