"""Random schemas, small changes of them, and random values, all decided by a seed."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

NAMES = ["a", "b", "c", "id", "kind"]
PATTERNS = ["^[a-z]+$", "^[0-9]{1,3}$", r"^\d+$", "a", "^a", "b$", "^[a-z0-9]{2,4}$", "^(a|b)*$", "^x-"]
FORMATS = ["date", "uuid", "email", "ipv4", "date-time"]
CONSTANTS = [None, True, False, 0, 1, 5, 1.5, "", "a", "ab", "b", [], [1], {}, {"a": 1}]
TEXTS = [
    "",
    "a",
    "ab",
    "abc",
    "b",
    "0",
    "12",
    "1234",
    "x-y",
    "2026-01-31",
    "a@b.co",
    "192.0.2.1",
    "é",
    "aaaaaa",
]


def random_schema(random: Random, depth: int = 0, refs: tuple[str, ...] = ()) -> Any:
    """Return a random JSON Schema; deeper ones are simpler."""
    makers = [_string, _string, _number, _number, _scalar, _enum]
    if depth < 3:
        makers += [_object, _object, _object, _array, _union, _all_of, _conditional, _negation]
    if refs:
        makers += [lambda random, _depth, refs: {"$ref": f"#/$defs/{random.choice(refs)}"}] * 2
    return random.choice(makers)(random, depth, refs)


def random_document(random: Random) -> dict[str, Any]:
    """Return a schema with recursive definitions."""
    names = ("N", "M")
    definitions = {name: _object(random, 1, names) for name in names}
    return {"$defs": definitions, **random.choice([{"$ref": "#/$defs/N"}, _object(random, 1, names)])}


def _string(random: Random, depth: int, refs: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if random.random() < 0.4:
        schema["minLength"] = random.randint(0, 3)
    if random.random() < 0.4:
        schema["maxLength"] = random.randint(1, 6)
    if random.random() < 0.3:
        schema["pattern"] = random.choice(PATTERNS)
    if random.random() < 0.2:
        schema["format"] = random.choice(FORMATS)
    return schema


def _number(random: Random, depth: int, refs: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": random.choice(["integer", "number"])}
    for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if random.random() < 0.25:
            schema[keyword] = random.choice([-5, 0, 1, 2.5, 10])
    if random.random() < 0.2:
        schema["multipleOf"] = random.choice([1, 2, 3, 4, 0.5])
    return schema


def _scalar(random: Random, depth: int, refs: Any) -> Any:
    return random.choice([True, {}, {"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}])


def _enum(random: Random, depth: int, refs: Any) -> dict[str, Any]:
    if random.random() < 0.3:
        return {"const": random.choice(CONSTANTS)}
    distinct = {json.dumps(value): value for value in random.choices(CONSTANTS, k=random.randint(1, 4))}
    return {"enum": list(distinct.values())}


def _object(random: Random, depth: int, refs: Any) -> dict[str, Any]:
    names = random.sample(NAMES, random.randint(0, 3))
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {n: random_schema(random, depth + 1, refs) for n in names},
    }
    if random.random() < 0.5:
        schema["required"] = random.sample(NAMES, random.randint(0, 2))
    if random.random() < 0.4:
        schema["additionalProperties"] = random.choice(
            [False, False, True, random_schema(random, depth + 2, ())]
        )
    if random.random() < 0.1:
        schema["patternProperties"] = {random.choice(PATTERNS): random_schema(random, depth + 2, ())}
    if random.random() < 0.1:
        schema[random.choice(["minProperties", "maxProperties"])] = random.randint(0, 3)
    if random.random() < 0.1:
        schema["propertyNames"] = random.choice([{"pattern": "^[a-z]+$"}, {"enum": NAMES}, {"maxLength": 2}])
    if random.random() < 0.1:
        schema["dependentRequired"] = {random.choice(NAMES): [random.choice(NAMES)]}
    return schema


def _array(random: Random, depth: int, refs: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "array"}
    if random.random() < 0.8:
        schema["items"] = random_schema(random, depth + 1, refs)
    if random.random() < 0.2:
        schema["prefixItems"] = [random_schema(random, depth + 2, refs)]
    if random.random() < 0.3:
        schema[random.choice(["minItems", "maxItems"])] = random.randint(0, 3)
    if random.random() < 0.15:
        schema["uniqueItems"] = True
    if random.random() < 0.1:
        schema["contains"] = random_schema(random, depth + 2, ())
    return schema


def _union(random: Random, depth: int, refs: Any) -> dict[str, Any]:
    branches = [random_schema(random, depth + 1, refs) for _ in range(random.randint(1, 3))]
    return {random.choice(["anyOf", "oneOf"]): branches}


def _all_of(random: Random, depth: int, refs: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "allOf": [random_schema(random, depth + 1, refs) for _ in range(random.randint(1, 2))]
    }
    if random.random() < 0.2:
        schema["unevaluatedProperties"] = False
    return schema


def _conditional(random: Random, depth: int, refs: Any) -> dict[str, Any]:
    return {
        key: random_schema(random, depth + 2, refs if key != "if" else ()) for key in ("if", "then", "else")
    }


def _negation(random: Random, depth: int, refs: Any) -> dict[str, Any]:
    return {"not": random_schema(random, depth + 2, ())}


def change(random: Random, schema: Any) -> Any:
    """Return a copy with one small change somewhere."""
    result = copy.deepcopy(schema)
    places: list[tuple[Any, Any]] = []
    _collect(result, places)
    holder, key = random.choice(places) if places else ({"": result}, "")
    value = holder[key]
    if isinstance(value, bool) or not isinstance(value, (int, float, list, str)):
        holder[key] = (
            random_schema(random, 2) if isinstance(value, (dict, bool)) and key != "uniqueItems" else value
        )
    elif isinstance(value, (int, float)):
        holder[key] = max(value + random.choice([-1, 1]), 0 if key != "multipleOf" else 1)
    elif isinstance(value, list) and len(value) > 1:
        value.pop(random.randrange(len(value)))
    elif isinstance(holder, dict) and key not in ("enum", "anyOf", "oneOf", "allOf", "$ref"):
        del holder[key]
    return result


def _collect(node: Any, places: list[tuple[Any, Any]]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in ("$defs", "properties", "patternProperties", "dependentRequired"):
                places.append((node, key))
            if key not in ("enum", "const", "required", "dependentRequired", "type"):
                _collect(value, places)
    elif isinstance(node, list):
        for item in node:
            _collect(item, places)


def random_value(random: Random, depth: int = 0) -> Any:
    """Return a random JSON value from the vocabulary of the random schemas."""
    kind = random.random()
    if depth < 3 and kind < 0.45:
        names = random.sample([*NAMES, "x-y", "extra"], random.randint(0, 4))
        return {name: random_value(random, depth + 1) for name in names}
    if depth < 3 and kind < 0.6:
        return [random_value(random, depth + 1) for _ in range(random.randint(0, 3))]
    if kind < 0.8:
        return random.choice(TEXTS)
    return random.choice([None, True, False, 0, 1, 2, 3, -1, 4, 6, 12, 2.5, 0.5, 9, 10, 11, 100])
