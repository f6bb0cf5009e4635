"""The part of JSON Schema that report.schema.json uses."""

TYPES = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None)}


def is_type(value, name):
    if name in ('integer', 'number'):
        return isinstance(value, int if name == 'integer' else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def problems(value, schema, root, place='$'):
    """Everything in which `value` is not what `schema` says."""
    if '$ref' in schema:
        schema = root['$defs'][schema['$ref'].rsplit('/', 1)[1]]
    found = []
    names = schema.get('type', [])
    names = [names] if isinstance(names, str) else names
    if names and not any(is_type(value, name) for name in names):
        return [f'{place}: not {names}']
    if 'const' in schema and value != schema['const'] or 'enum' in schema and value not in schema['enum']:
        found.append(f'{place}: {value!r} is not allowed')
    if 'minimum' in schema and value < schema['minimum']:
        found.append(f'{place}: below {schema["minimum"]}')
    if isinstance(value, dict):
        known, more = schema.get('properties', {}), schema.get('additionalProperties', True)
        found += [f'{place}: {key} is missing' for key in schema.get('required', []) if key not in value]
        for key, inner in value.items():
            if key in known:
                found += problems(inner, known[key], root, f'{place}.{key}')
            elif more is False:
                found.append(f'{place}: {key} is not known')
            elif isinstance(more, dict):
                found += problems(inner, more, root, f'{place}.{key}')
    if isinstance(value, list) and 'items' in schema:
        for index, inner in enumerate(value):
            found += problems(inner, schema['items'], root, f'{place}[{index}]')
    return found
