"""Sample strings of each known format."""

from __future__ import annotations

from typing import Final

# The first sample of a format is a usual one; the others are unusual in their length or characters.
FORMAT_SAMPLES: Final = {
    "date": ["2026-01-31", "2024-02-29"],
    "date-time": ["2026-01-31T12:00:00Z", "2026-01-31t12:00:00.123456789012345+01:00"],
    "time": ["12:00:00Z", "12:00:00.5+01:00", "12:00:00.123456789012345678901234567890Z"],
    "duration": ["P1D", "PT1H", "P" + "1" * 40 + "D"],
    "email": ["a@example.com", "o'b+c%d@example.com", "*@example.com", f"{'a' * 60}@example.com"],
    "idn-email": [
        "a@example.com",
        "é@example.com",
        f"{'a' * 60}@example.com",
        "*@example.com",
    ],
    "hostname": ["example.com", "localhost", "-".join(["a1"] * 20) + ".example.com"],
    "idn-hostname": ["example.com", "é.com"],
    "ipv4": ["192.0.2.1", "255.255.255.255"],
    "ipv6": ["2001:db8::1", "0000:0000:0000:0000:0000:ffff:255.255.255.255"],
    "uri": ["https://example.com/a", "urn:a:b", "https://example.com/(", f"https://example.com/{'a' * 300}"],
    "uri-reference": ["/a", "https://example.com/a", "", "/("],
    "iri": [
        "https://example.com/a",
        "https://example.com/é",
        "https://example.com/(",
        f"https://example.com/{'a' * 300}",
    ],
    "iri-reference": ["/a", "https://example.com/a", "/é"],
    "uuid": ["123e4567-e89b-42d3-a456-426614174000", "ABCDEF01-E89B-42D3-A456-426614174000"],
    "uri-template": ["/a/{b}"],
    "json-pointer": ["/a", "/a b", "", "/(", "/" + "a" * 300],
    "relative-json-pointer": ["0"],
    "regex": ["^a$"],
}
