"""The forms in which a comparison is shown."""
