"""The deterministic corpus of payloads; each value provokes one class of defects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")

LARGEST_BATCH: Final = 12_000  # characters; a payload contains each of them three times

# The suite's field names begin with "test": a tenant's own field of that name could demand a type or a picklist.

# An ordinary case, with each JSON type once and no unusual value.
ORDINARY: Final[Mapping[str, Any]] = {
    "testSummary": "Laptop missing after the office move",
    "testCategory": "Asset loss",
    "testAmount": 1250.75,
    "testHeadcount": 4,
    "testConfirmed": True,
    "testUrgent": False,
    "testTags": ["theft", "hardware", "audit"],
    "testLocation": {"site": "Leeds", "floor": 3, "desk": {"row": "B", "seat": 12}},
    "testWitnesses": [{"name": "Ana", "heard": True}, {"name": "Ben", "heard": False}],
}

# The payload that replaces it: some values change, one field is new, several are missing, an object and an array are
# shorter. No field changes its type, because a deployment may refuse that.
REPLACEMENT: Final[Mapping[str, Any]] = {
    "testSummary": "Laptop found in the archive",
    "testAmount": 80.5,
    "testHeadcount": 0,
    "testConfirmed": False,
    "testTags": ["audit"],
    "testLocation": {"site": "Leeds"},
    "testClosing": {"by": "Cy", "pages": [2, 1]},
}

# Static fields of the vendor that a client may write, with values that no tenant's rule is likely to refuse.
STATIC: Final[Mapping[str, Any]] = {
    "canceled": False,
    "cancelReason": "Reported twice",
    "reassignReason": "Conflict of interest",
}

_LONG: Final = "The quick brown fox jumps over the lazy dog. "


def long_text(length: int, unit: str = _LONG) -> str:
    """Return a text of so many characters; the last one shows a cut."""
    return (unit * (length // len(unit) + 1))[: length - 1] + "§"


# Text as people paste it, with white space at both ends. Repeated, it shows defects that only affect long texts.
_PROSE: Final = ' “Zażółć”  said "it\'s 100 %" \\ 2/3;\r\n\t– line two:\tnaïve 🙂 e\u0301\u00a0…  \n\n'

# Invisible characters and white space.
_FORMAT: Final = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064"
    "\u2066\u2067\u2068\u2069\ufe00\ufeff\ufff9\ufffa\ufffb\ufffc\U000e0001\U000e0067\U000e007f\U000e0100\U000f0000\U0010fffd"
)
_SPACES: Final = "\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

_INVISIBLE: Final = _FORMAT + _SPACES

TEXTS: Final[Sequence[str]] = (
    # lengths at which columns and buffers cut; the last character shows a cut
    *(long_text(length) for length in (33, 51, 65, 101, 129, 201, 256, 257, 501, 513, 1001, 1025)),
    *(long_text(length) for length in (2001, 2049, 4001, 4097, 8001, 8193, 10_240)),
    *(long_text(length, "長い話") for length in (86, 256, 1400, 3000)),
    long_text(300, "🙂"),
    *(_PROSE * times for times in (1, 2, 4, 8, 16, 60, 110)),
    # white space
    " leading", "trailing ", "  both  ", "\tleading tab", "trailing tab\t", "two  inner   spaces", "tab\tinside",
    "line\nfeed", "carriage\r\nreturn", "bare\rreturn", "ends in line feed\n", "\n\nblank lines\n\n\nkept", " ",
    "   ", "\n", "\t", "no\u00a0break", "\u00a0wrapped\u00a0", "ideographic\u3000space", "thin\u2009space",
    "line\u2028separator", "paragraph\u2029separator", "next\u0085line", "\ufeffmark first", "zero\u200bwidth",
    "soft\u00adhyphen", "joiner\u200d", "word\u2060joiner", "x".join(_FORMAT), "x".join(_SPACES), f"{_SPACES}both ends{_SPACES}", *(f"{c}x{c}" for c in _INVISIBLE),
    "line  \nbreak", "line\n\rorder", "line\n\tindented", "\nfirst line empty", "two.  Sentences.", "page\x0cbreak", "vertical\x0btab", "escape\x1b[0m", "bell\x07", "delete\x7f", "\x80\x92\x9f c1",
    # scripts, planes, normal forms, case
    "Zażółć gęślą jaźń", "Ελληνικά", "Русский текст", "עברית", "العربية", "हिन्दी", "ไทย", "日本語テキスト", "中文字符",
    "한국어", "አማርኛ", "e\u0301 combining", "\u00e9 composed", "\u1e9b\u0323 marks", "\u212b angstrom", "\u2126 ohm",
    "\ufb01 ligature", "\uff26\uff55\uff4c\uff4c width", "\u00bd and \u00b2", "\u1112\u1161\u11ab jamo",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 family", "\U0001f1f5\U0001f1f9 flag", "\U00020bb7 astral han",
    "\U0001d54f math", "👍🏽", "❤\ufe0f heart", "☎\ufe0e text style", "1\ufe0f\u20e3 keycap", "İstanbul ı", "STRASSE ß ẞ", "ΣΑΣ σας", "\u202eright to left\u202c", "\u200flrm\u200e",
    "Ünïcödé", "naïve café", "Dvořák", "“curly” ‘quotes’", "em — dash – en", "ellipsis…", "€ £ ¥ ₹", "™ © ®", "\ue000 private",
    "«guillemets» ‹x› „low“ ‚y‘", "• bullet", "3 × 4 ÷ 2 − 1", "6′ 2″", "non‑breaking ‐ hyphens", "№ 5 ‰ ª º",
    "\ufffd replaced", "Room #12 # 3", "one; two ; three", "a // b /// c", "MiXeD CaSe", "ALL CAPS TEXT", "all lower text", "camelCase and snake_case", "first letter low",
    # quotes, escapes, separators
    "'", '"', "''", "it's", 'say "hi"', "'quoted'", '"quoted"', "`tick`", "back\\slash", "C:\\new\\table", "\\", "\\\\",
    "\\n", "\\u0041", "\\x41", "\\'", "a/b", "//", "a|b", "a;b", "a,b", '"a","b"', "a=b", "#tag", "@name", "~", "^", "!", "?",
    "*", "50 % off", "100%", "%20", "%41", "a+b", "a%2Fb", "-", "--", "—", ".", "..", "../up", ":", "()", "[]", "[1, 2]",
    "(a)", "_", "__", "$5", "$", "€5", "$&", "$1", "$$", "\\1", "\\N", "%2f%5C", "%u0041", "=3D=20", "=?utf-8?q?word?=", "@name first", "a:name", "ends in comma,", "A sentence.", "!!!", "wait...", "a" * 40, "---", "1 234 567", "50%", "1/2", "$1,234.50", "EUR 5",
    # looks like something else
    "0", "1", "-1", "007", "1.0", "1.50", "+1", "1e5", "1E400", "0x1F", "0b1", "1_000", "1,000", "1.000,00", "12345678901234567890",
    ".5", "5.", "-0", "NaN", "Infinity", "-Infinity", "true", "false", "True", "FALSE", "yes", "no", "on", "off", "y", "n", "null", "NULL",
    "None", "nil", "undefined", "void", "N/A", "n/a", "empty", "2026-01-02", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678+02:00", "2026-01-02T03:04:05+02:00", "2026-01-02T03:04+05:30",
    "2026-01-02T03:04:05.000Z", "2026-01-02 03:04:05", "Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.123456789Z", "2026-01-02t03:04:05z", "2016-12-31T23:59:60Z", "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05-00:00",
    "2026-01", "2026-1-2", "2026-001", "2026-W02-1", "1767323045", "1767323045000", "/Date(1767323045000)/", "24:00", "12:30:00.250", "PT60M", "PT90S", "P7D",
    "02/01/2026", "01.02.2026", "20260102", "12:30", "12:30:00", "1 Jan 2026", "today", "now", "2026-02-30", "0000-00-00",
    "Ada.Lovelace@Example.COM", "mailto:a@b.example", "http://example.com", "HTTP://Example.com:80/A/../b/?q=1#f", "www.example.com/", "https://example.com/a%20b", "010.000.000.001", "::1", "+44 20 7946 0958", "(555) 010-9999", "4111 1111 1111 1111", "078-05-1120", "https://example.com/", "https://example.com:443/a", "http://müller.example/ü", "2001:db8:0:0:0:0:0:1",
    "4111111111111111", "GB29 NWBK 6016 1331 9268 19", "password=hunter2", "token: abc123", "Authorization: Bearer abc123", "eyJhbGciOiJub25lIn0.e30.c2ln", "damn it to hell", "Scunthorpe",
    "6ba7b8109dad11d180b400c04fd430c8", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "{0}", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "dGVzdA==", "data:text/plain,hi", "password", "secret", "[object Object]",
    "0f8fad5b-d9cb-469f-a165-70867728950e", "SGVsbG8gd29ybGQsIGhlbGxvIQ==", '{"b":1,"a":[1,2]}', '{ "b" : 1 }', "[1,2]", "100 %% sure", "%s and %d",
    "start\x01middle\x02end", "a\x1cb\x1dc\x1ed\x1fe", "٠١٢٣٤٥٦٧٨٩", "१२३", "From here\nFrom there\n.", ":) ;-) <3 :-(", "(c) (r) (tm) -> 1st", "\ufffe\uffff\ufdd0",
    '"text"', "'text'", "file.txt", "/etc/hosts", "a:b", "key: value", "- item", "1.", "12 Main St., Apt. 4",
)  # fmt: skip

MARKUP: Final[Sequence[str]] = (
    "<b>bold</b>", "<script>alert(1)</script>", "<br>", "<br/>", "</p>", "<!-- note -->", "<img src=x onerror=alert(1)>",
    "a < b", "a > b", "a <b and c> d", "1<2", "<", ">", "<>", "&", "AT&T", "R&D", "&amp;", "&lt;b&gt;", "&#39;", "&nbsp;", "&copy", "&unknown;",
    "javascript:alert(1)", "onclick=alert(1)", "<a href='x'>y</a>", "<![CDATA[x]]>", "<?xml version='1.0'?>", "<%= 1 %>", "<?php echo 1 ?>",
    "{{7*7}}", "{{ name }}", "${7*7}", "#{7*7}", "{% if x %}", "%(name)s", "%s", "%d %n", "{}", "{0}", "${jndi:ldap://127.0.0.1/x}", "$(id)", "`id`",
    "' OR '1'='1", "'; DROP TABLE cases; --", "1; SELECT 1", "UNION SELECT NULL", "\" OR \"\"=\"", "admin'--", "/* note */", "SELECT * FROM cases",
    "*bold* _it_", "# heading", "[link](http://example.com)", "> quote", "**x**", "~~x~~", "|a|b|", ":smile:", "(c) (tm) --> <-- ...",
    "=1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "-2+3", '{"a": 1}', "[1,2]", '{"$ne": null}', "$where", "<<EOF", "]]>", "\\0",
    "Hello {name}", "$name", "$HOME", ":name", "a<!-- b -->c", "<B>BOLD</B>", "<p>para</p>", "<style>p{}</style>", "<svg onload=x>", "<iframe src=x></iframe>", "&#x27;", "&#60;", "&lt", "<!--#exec cmd='x'-->",
    "expression(1)", "vbscript:x", "data:text/html,x", "<%# x %>", "<#if x>", "#set($x=1)", "[b]x[/b]", "[[Page]]", "```code```", "x'#", "exec xp_cmdshell", "..\\..\\x", "\t=1+1", "+1+1",
)  # fmt: skip

NUMBERS: Final[Sequence[int | float]] = (
    0, 1, -1, 7, 10, 42, 100, 127, 128, 255, 256, -128, -129, 32767, 32768, -32768, -32769, 65535, 65536, 99999, 100000, 16777216, 16777217,
    1234567, 2147483647, 2147483648, -2147483648, -2147483649, 4294967295, 4294967296, 9999999999, 123456789012, 1099511627776, 999999999999999,
    9007199254740991, -9007199254740991, 9007199254740990, 4503599627370497,
    2026, 9999, -9999, 1234567890, 1767323045, 1767323045000, 4.35, 0.57, 1.15, 16.08,
    0.5, -0.5, 0.1, 0.2, 0.25, 1.5, 2.5, 3.14, 9.99, 19.999, 0.001, 0.125, 1.005, 2.675, 100.01, 1250.755, 1.23456, 0.333333333333333,
    3.14159265358979, -2.71828182845904, 123456789.123456, 123456.789012345, 1234567890.12345, 99999999.9999999, 16777217.25, 0.1234567,
    1e-5, 1e-7, 1.5e-7, 1e-10, 2.5e-15, 1e-30, 1e-100, -1e-9, 5e-300, 1e15, 1e16, 1e20, 1e21, 1.5e21, 1e22, 1e25, 1.7e38, 3.5e38, 1e50, 1e100,
    1.5e300, -1e300, 1.7e308, 6.02214076e23, 6.62607015e-34, 1e0, 2.0, 3.0, -4.0, 1000000.0,
    1.5e-301, -2.5e-305,
)  # fmt: skip

DEEP_LIST: Any = "leaf"
_DEEP_OBJECT: Any = "leaf"
_DEEP_BOTH: Any = "leaf"
for _level in range(9):
    DEEP_LIST = [DEEP_LIST]
    _DEEP_OBJECT = {"in": _DEEP_OBJECT}
    _DEEP_BOTH = [_DEEP_BOTH] if _level % 2 else {"in": _DEEP_BOTH}

# Names that some servers interpret as fields; they have no meaning inside a client's object.
_WORDS: Final = (
    "id", "_id", "createdDate", "lastWorkflowId", "caseStatus", "status", "type", "@type", "$type", "__typename", "_class", "__v", "_rev", "version", "updatedAt", "owner", "email", "phone", "count", "total", "date",
    "password", "secret", "token", "apiKey", "authorization", "ssn", "data", "meta", "errors", "error", "message", "links", "_links", "_embedded", "fields", "filter", "sort", "page", "limit", "offset", "include",
    "action", "controller", "format", "callback", "method", "_method", "body", "query", "params", "path", "headers", "uuid", "deleted", "name", "value", "tags", "xml:lang", "odata.type", "@odata.id",
)  # fmt: skip

SHAPES: Final[Sequence[Any]] = (
    True, False, None, 0, "", [], {}, [None], [[]], [{}], [""], [0], [False], [True], [1], ["one"], [None, 1, None], [1, None], [None, None],
    {"a": None, "b": 1}, {"a": ""}, {"a": []}, {"a": {}}, {"a": False}, {"a": 0}, {"a": [None]}, {"a": {"b": {}}}, {"": 1}, [[1, 2], [3, 4]], [[1], [], [[2]]], [[[1]], [[2]]],
    [3, 1, 2], ["b", "a", "c"], ["b", "B", "a", "A"], [1, 1, 1], ["x", "x"], ["a,b", "c"], ["a;b", "c|d", "e f"], [",", ""], [10, 9, 8, 7], [2, 10, 1], [True, False, True], [1, 1.5, 2], [1, "1", True, None], [True, 1, "true"],
    [{"k": 2}, {"k": 1}], [{"k": 1}, {"k": 1}], [{"k": 1}], [{"id": 2}, {"id": 1}], [{"a": 1}, {"b": 2}], [{"a": 1}, 2, "three", [4]],
    {"0": "a", "1": "b"}, {"10": 1, "9": 2}, {"a": {"b": {"c": {"d": 1}}}}, {"a": [{"b": [{"c": [1, 2]}]}]}, {"x": 1, "y": {"x": 2, "y": {"x": 3}}},
    {"a.b": 1, "a": {"b": 2}}, {"A": 1, "a": 2}, {"b": 1, "a": 2, "c": 3}, {"type": "Point", "coordinates": [1.5, 2]}, {"value": 1}, {"item": 1}, {"items": [1]}, {"length": 2}, {"id": "x", "name": "y"},
    {"$ref": "#/x"}, {"key": "k", "value": "v"}, [["k", "v"]], list(range(150)), [f"item {i}" for i in range(150, 0, -1)], [{"n": i} for i in range(101)],
    {f"k{i:02}": i for i in range(40)}, ["", ""], [0, 0, 0], ["a", None, ""], {"a": False, "b": 0, "c": "", "d": None, "e": [], "f": {}}, DEEP_LIST, _DEEP_OBJECT, _DEEP_BOTH,
    dict.fromkeys(_WORDS, 7), dict.fromkeys(_WORDS, "007"), dict.fromkeys(_WORDS, "Ann (B) C"), [{"id": 1, "n": "a"}, {"id": 1, "n": "b"}], [{"name": "x", "n": 1}, {"name": "x", "n": 2}], [["a", 1], ["b", 2]], [["a", "b"], ["c", "d"]],
    {"1": "a", "2": "b", "3": "c"}, {"$date": "2026-01-02T03:04:05Z"}, {"$oid": "507f1f77bcf86cd799439011"}, {"$numberLong": "5"}, {"$inc": 1}, {"$set": 1}, {"set": "x"}, {"add": ["x"]}, {"delete": True}, [[{"a": 1}]], [{"a": [{"b": 1}, {"b": 2}]}],
    [True, True, False, False], ["1", 2, 3.5], [{"n": i} for i in range(150)], [f"{_LONG}{_LONG}{_LONG}{i}" for i in range(12)], [None, None, 1], {"a": [], "b": [[]], "c": [{}]},
)  # fmt: skip

NAMES: Final[Sequence[str]] = (
    "lower", "UPPER", "camelCase", "PascalCase", "snake_case", "kebab-case", "SCREAMING_SNAKE", "HTTPServer", "aB", "x", "X1", "with space", "two  spaces",
    " leading space", "trailing space ", "with.dot", "a.b.c", ".dot first", "dot last.", "$dollar", "in$ide", "$", "@at", "#hash", "per%cent", "am&per", "sl/ash", "back\\slash",
    "qu'ote", 'qu"ote', "col:on", "semi;colon", "com,ma", "pl+us", "eq=ual", "quest?ion", "ex!clam", "st*ar", "par(en)", "brack[et]", "[0]", "a[b]", "br{ace}", "pi|pe", "til~de",
    "ca^ret", "tick`", "<tag>", "tab\there", "line\nfeed", "ünïcode", "Größe", "é composed", "e\u0301 combining", "имя", "名前", "שם", "اسم", "नाम", "이름", "emoji 🙂", "\U0001d54f",
    "a" * 65, "n" * 100, "0", "1", "42", "1st", "-1", "1.5", "true", "false", "null", "None", "undefined", "NaN", "class", "def", "function", "return", "import", "from", "select", "where",
    "order", "group", "table", "default", "public", "private", "static", "new", "this", "self", "super", "void", "int", "if", "else", "for", "in", "is", "not", "and", "or", "with", "yield", "lambda",
    "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "length", "__init__", "__class__", "__dict__", "__name", "name__", "_private", "_", "__", "keys", "items", "values", "get", "then",
    "toJSON", "hashCode", "getClass", "equals", "is_active", "isActive", "XMLHttpRequest", "userID", "user_i_d", "iOS", "note", "Note", "NOTE",
    "action", "controller", "format", "data", "fields", "filter", "sort", "page", "limit",
    "test__two", "test___three", "xml:test", "odata.test", "@odata.test", "no\u00a0break", "zero\u200bwidth", "til~0de", "a~1b", "in#side", "list[]", "007", "👩\u200d👧", "ß", "SS", "ss", "ı", "\ufb01", "\u212b", "\u00c5", "ü" * 70, "p" * 60 + "1", "p" * 60 + "2",
)  # fmt: skip

# Names that a target may interpret in objects inside a record.
MEMBER_NAMES: Final[Sequence[str]] = (
    *_WORDS,
    "$ref",
    "$date",
    "$oid",
    "$inc",
    "$set",
    "set",
    "add",
    "delete",
    "item",
    "length",
)

# Names that suggest the type of their value, or that the value is confidential.
SUGGESTIVE_NAMES: Final[Sequence[str]] = (
    "testPassword", "testSecret", "test_token", "testApiKey", "testEmail", "testPhone", "testZipCode", "testCount", "testTotal", "testStartDate", "test_date", "testSentAt", "testTime", "isTest", "hasTest", "testUserId", "test_id", "testUuid", "testUrl", "testJson", "testHtml",
)  # fmt: skip


def batches(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Split the values into batches of at most `size`, each short enough for a server with a small limit."""
    batch: list[T] = []
    length = 0
    for value in values:
        weight = len(str(value))
        if batch and (len(batch) == size or length + weight > LARGEST_BATCH):
            yield batch
            batch, length = [], 0
        batch.append(value)
        length += weight
    if batch:
        yield batch


def letters(index: int) -> str:
    """Return a field name that no mapper changes: an x and two lower-case letters."""
    return "x" + chr(97 + index // 26) + chr(97 + index % 26)


# A tenant may derive the type of a field from its first value, so names differ by type.
_TYPE_LETTERS: Final = {str: "x", int: "n", float: "n", bool: "b", list: "l", dict: "o"}


def _letter_of(value: Any) -> str:
    return _TYPE_LETTERS.get(type(value), "x")


def as_fields(values: Sequence[Any]) -> dict[str, Any]:
    """Return a payload with one field for each value."""
    return {_letter_of(value) + letters(i)[1:]: value for i, value in enumerate(values)}


def as_members(values: Sequence[Any]) -> dict[str, Any]:
    """Return a payload with the values in an object inside an object, and in objects inside an array."""
    return {
        "nested": {"inner": as_fields(values)},
        "rows": [{f"cell{_letter_of(value)}": value} for value in values],
    }


def as_items(values: Sequence[Any]) -> dict[str, Any]:
    """Return a payload with the values in one array."""
    letters_of_all = {_letter_of(value) for value in values}
    return {f"listed{''.join(sorted(letters_of_all))}": list(values)}


PLACEMENTS: Final = (as_fields, as_items, as_members)


def placed(values: Sequence[Any]) -> dict[str, Any]:
    """Return a payload with the values in every placement."""
    return {name: value for place in PLACEMENTS for name, value in place(values).items()}


def named_fields(names: Sequence[str]) -> dict[str, Any]:
    """Return a payload with these field names."""
    return {name: i for i, name in enumerate(names, 1)}


def named_members(names: Sequence[str]) -> dict[str, Any]:
    """Return a payload with these member names in an object and in an object inside an array."""
    # One value looks like a number, and normalisation changes the other: a server may derive a type from a name.
    return {"nested": dict.fromkeys(names, "007"), "rows": [{"inner": dict.fromkeys(names, "Ann (B) 1")}]}


# Samples of the whole corpus, for operations that must not change a case's fields. Each fits a server with a small
# limit.
UNUSUAL: Final[Sequence[Mapping[str, Any]]] = (
    {**ORDINARY, "testTexts": [text for text in TEXTS if len(text) < 60], "testMarkup": list(MARKUP), "testDigits": "20260142"},
    {**ORDINARY, **placed([text for text in TEXTS if 500 < len(text) < 700]), "testLong": [long_text(10_240), _PROSE * 20], "testLongest": long_text(4001)},
    {**ORDINARY, **as_fields(SHAPES)},
    {**ORDINARY, **as_fields(NUMBERS), "testNumbers": list(NUMBERS)},
    {**ORDINARY, **named_fields(NAMES)},
)  # fmt: skip
