# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Lines of JSON output against docs/json-schema.json, each held to the definition of its type."""

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

# jsonschema takes 0.1 to 1 ms for a line, and most lines of a run differ in their numbers alone. A line needs no validation when
# an earlier one was valid that is the same but for numbers of two digits and more: the schema's limits are all below.
NUMBER = re.compile(r"(?<=[:,\[])[1-9][0-9]+")
LIMITS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const"}


def is_integer(_, value):
    """1.0 is no integer: readers in C would not take it."""
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
        """(value, reason why not): the value of a line with its type first, the reason of one that does not fit, else None."""
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
    """All numbers that a part of the schema compares a value with."""
    if isinstance(schema, list):
        return [n for part in schema for n in limits(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema[k] for k in LIMITS & set(schema)] + (schema["enum"] if isinstance(schema.get("enum"), list) else [])
    return [n for n in own if isinstance(n, (int, float))] + [n for part in schema.values() for n in limits(part)]
