"""The schema engine: decide whether one schema contains another, with a proof or a witness.

`dialect` turns OpenAPI schemas into JSON Schema 2020-12. `containment` compares two of them.
"""
