"""Hypothesis strategies for random payloads."""

from __future__ import annotations

from hypothesis import strategies as st

# Characters that sanitisers and templates change are in the corpus alone, under a requirement of their own.
_TEXT_CHARACTERS = st.characters(
    codec="utf-8",
    exclude_categories=("Cc", "Cs", "Cn", "Co"),
    exclude_characters="<>&{}$%`'\";",
)
texts = st.text(_TEXT_CHARACTERS, min_size=1, max_size=60)
numbers = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.decimals(-(10**9), 10**9, places=4, allow_nan=False).map(float),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(lambda x: float(f"{x:.7g}")),
)
plain_texts = st.text("abcdefghij KLMNOP-0123456789", min_size=1, max_size=20).filter(
    lambda t: t == t.strip()
)
names = st.from_regex(r"[a-z][a-zA-Z]{2,11}", fullmatch=True).map(lambda name: f"x{name.capitalize()}")
_plain_scalars = st.one_of(
    plain_texts, st.integers(-1000, 1000), st.booleans(), st.just(0), st.just(False), st.just("")
)
plain_values = st.one_of(
    _plain_scalars,
    st.lists(_plain_scalars, max_size=4),
    st.dictionaries(names, _plain_scalars, max_size=3),
)
plain_payloads = st.dictionaries(names, plain_values, min_size=1, max_size=6)
