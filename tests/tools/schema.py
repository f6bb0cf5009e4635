"""The part of JSON Schema that report.schema.json and tests/data/ocsf/schema.json use; a word that is not known here is an error."""
import re

KNOWN = {'$ref', 'additionalProperties', 'anyOf', 'const', 'description', 'enum', 'items', 'maximum', 'minLength', 'minimum', 'pattern',
         'properties', 'required', 'type'}
TOP = {'$schema', '$defs', 'title', 'captions'}
TYPES = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None)}


def is_type(value, name):
    if name in ('integer', 'number'):
        return isinstance(value, int if name == 'integer' else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def problems(value, schema, root, place='$'):
    """Everything in which `value` is not what `schema` says."""
    unknown = set(schema) - KNOWN - (TOP if schema is root else set())
    if unknown:
        raise ValueError(f'{place}: the schema says {sorted(unknown)}')
    if '$ref' in schema:
        schema = root['$defs'][schema['$ref'].rsplit('/', 1)[1]]
    found = []
    names = schema.get('type', [])
    names = [names] if isinstance(names, str) else names
    if names and not any(is_type(value, name) for name in names):
        return [f'{place}: not {names}']
    allowed = [schema['const']] if 'const' in schema else schema.get('enum', [value])
    if not any(type(value) is type(each) and value == each for each in allowed):   # True is not 1
        found.append(f'{place}: {value!r} is not allowed')
    if 'minimum' in schema and value < schema['minimum']:
        found.append(f'{place}: below {schema["minimum"]}')
    if 'maximum' in schema and value > schema['maximum']:
        found.append(f'{place}: above {schema["maximum"]}')
    if 'minLength' in schema and len(value) < schema['minLength']:
        found.append(f'{place}: empty')
    if 'pattern' in schema and not re.search(schema['pattern'], value):
        found.append(f'{place}: {value!r} does not match')
    if 'anyOf' in schema and all(problems(value, each, root, place) for each in schema['anyOf']):
        found.append(f'{place}: none of {schema["anyOf"]}')
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
