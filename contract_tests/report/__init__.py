"""The report of a run, as JSON, HTML, JUnit, HAR and terminal output; each form is one module."""
