# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A small validator of JSON Schema: what docs/json-schema.json uses."""

import json


TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def has_type(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


class Schema:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.root = json.load(f)

    def why_not(self, value, schema=None, at=""):
        """The first reason why value does not fit, or None. A line is held to the definition of its type."""
        if schema is None:
            kind = value.get("type")
            if kind not in self.root["$defs"]:
                return f"unknown type {kind!r}"
            schema = self.root["$defs"][kind]
        if "$ref" in schema:
            schema = self.root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        return (self.simple(value, schema, at) or self.combined(value, schema, at)
                or (self.object(value, schema, at) if isinstance(value, dict) else None)
                or (self.array(value, schema, at) if isinstance(value, list) else None))

    def simple(self, value, schema, at):
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(has_type(value, k) for k in kinds):
            return f"{at}: {value!r} is no {kinds}"
        if "const" in schema and value != schema["const"]:
            return f"{at}: {value!r} is not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{at}: {value!r} is none of {schema['enum']}"
        if "minimum" in schema and has_type(value, "integer") and value < schema["minimum"]:
            return f"{at}: {value} is less than {schema['minimum']}"
        return None

    def combined(self, value, schema, at):
        for part in schema.get("allOf", []):
            why = self.why_not(value, part, at)
            if why:
                return why
        if "oneOf" in schema:
            fits = sum(self.why_not(value, part, at) is None for part in schema["oneOf"])
            if fits != 1:
                return f"{at}: fits {fits} of the alternatives"
        if "if" in schema and self.why_not(value, schema["if"], at) is None:
            return self.why_not(value, schema.get("then", {}), at)
        return None

    def object(self, value, schema, at):
        known = schema.get("properties", {})
        for key in schema.get("required", []):
            if key not in value:
                return f"{at}: {key} is missing"
        for key, item in value.items():
            if "propertyNames" in schema and self.why_not(key, schema["propertyNames"], at):
                return f"{at}: {key} is no name for it"
            part = known.get(key, schema.get("additionalProperties", {}))
            why = self.why_not(item, part, f"{at}.{key}") if isinstance(part, dict) else None
            if why:
                return why
        return None

    def array(self, value, schema, at):
        for item in value:
            why = self.why_not(item, schema["items"], at + "[]") if "items" in schema else None
            if why:
                return why
        return None
