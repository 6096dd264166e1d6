# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks lines of JSON output against docs/json-schema.json, each against the definition of its type."""

import json
import os
import re
import sys

try:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from jsonschema.validators import extend
except ImportError:
    sys.exit("jsonschema is not installed (python3-jsonschema)")

# jsonschema takes 0.1 to 1 ms for a line, and most lines of a run differ only in their numbers. A line needs no validation if an
# earlier valid line differs only in numbers of two digits and more: all limits of the schema are smaller.
NUMBER = re.compile(r"(?<=[:,\[])[1-9][0-9]+")
LIMITS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const"}


def is_integer(_, value):
    """Return true for an int; 1.0 is no integer, since readers in C refuse it."""
    return isinstance(value, int) and not isinstance(value, bool)


Validator = extend(Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", is_integer))


class Schema:
    def __init__(self, path=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "..", "docs", "json-schema.json")):
        with open(path, encoding="utf-8") as f:
            root = json.load(f)
        Validator.check_schema(root)
        if any(n >= 10 for n in limits(root)):
            raise ValueError(f"{path}: a limit of two digits: NUMBER has to spare it")
        refs = [part["$ref"] for part in root["oneOf"]]
        self.of_type = {ref.rsplit("/", 1)[1]: Validator({"$ref": ref, "$defs": root["$defs"]}) for ref in refs}
        self.valid = set()

    def read(self, line):
        """Return (value, reason): the line's value with its type first; why the line breaks the schema, None if it does not."""
        try:
            value = json.loads(line)
        except ValueError as e:
            return None, str(e)
        if not line.startswith('{"type":"'):
            return None, "type is not first"
        return value, self.why_not(value, line)

    def why_not(self, value, line):
        shape = NUMBER.sub("10", line)
        if shape in self.valid:
            return None
        if value["type"] not in self.of_type:
            return f"unknown type {value['type']!r}"
        error = best_match(self.of_type[value["type"]].iter_errors(value))
        if error:
            return f"{error.json_path}: {error.message}"
        self.valid.add(shape)
        return None


def limits(schema):
    """Yield all numbers that a part of the schema compares a value with."""
    if isinstance(schema, list):
        return [n for part in schema for n in limits(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema[k] for k in LIMITS & set(schema)] + (schema["enum"] if isinstance(schema.get("enum"), list) else [])
    return [n for n in own if isinstance(n, (int, float))] + [n for part in schema.values() for n in limits(part)]
