"""A second server of the Case APIs, written from the requirements alone, in another style than the mock.

It shares no code with the mock and none with the judge, so that what the judge accepts and refuses does not
rest on one program. `variants` are servers that must pass; `faults` are servers that must not.
"""
