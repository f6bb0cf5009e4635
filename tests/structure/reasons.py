"""docs/reasons.md says of every reason in reason.h what it means, why it comes and what to do, and nothing of others. Every reason
is given by some source: one that is only asked for, or stands in a table of answers, never comes."""
import re

import tree

HEADER, PAGE = 'include/gatehouse/reason.h', 'docs/reasons.md'
KEYS = [f'src/config/keys_{part}.cc' for part in ('process', 'callers', 'rules')]


def listed(header):
    return {int(code): (name, status, text) for name, code, status, text in
            re.findall(r'X\((\w+), (\d+), (\d+), "((?:[^"\\]|\\.)*)"\)', header) if name != 'none'}


def rows(page):
    cells = [[cell.strip() for cell in line.strip('|').split('|')] for line in page.splitlines() if re.match(r'\| \d', line)]
    return [(int(row[0]), row[1:]) for row in cells]


# What a reason looks like in an answer; none of them gives one.
TABLES = ('src/base/', 'src/cli/', 'src/proxy/refusal.cc', 'src/proxy/token_request.cc', 'src/telemetry/exposition.cc')
ASKED = re.compile(r'(?:case\s+|[=!]=\s*)Reason::\w+|Reason::\w+(?=\s*[=!]=)')


def never_given(header, sources):
    """sources: {path: text}."""
    given = set()
    for path, text in sources.items():
        if not path.startswith(TABLES):
            given |= set(re.findall(r'\bReason::(\w+)', ASKED.sub('', tree.bare(text))))
    return [f'{HEADER}: nothing in src gives {name}' for name, _, _ in listed(header).values() if name not in given]


def problems_of(header, page, keys):
    reasons, told, found = listed(header), rows(page), []
    known = set(re.findall(r'Row\("([\w.]+)"', keys))
    for code, row in told:
        if len(row) != 5:
            found.append(f'{PAGE}: {code} has {len(row) + 1} columns instead of 6')
            continue
        if code not in reasons:
            found.append(f'{PAGE}: {code} is no reason')
            continue
        name, status, text = reasons[code]
        if row[:3] != [f'`{name}`', '-' if status == '0' else status, text]:
            found.append(f'{PAGE}: {code} should say `{name}`, {status}, {text}')
        if any(len(cell) < 8 for cell in row[3:]):
            found.append(f'{PAGE}: {code} lacks a cause or what to do')
    codes = [code for code, _ in told]
    found += [f'{PAGE}: {code} {reasons[code][0]} is missing' for code in sorted(set(reasons) - set(codes))]
    if codes != sorted(set(codes)):
        found.append(f'{PAGE}: the codes are not in order, or one stands there twice')
    for key in re.findall(r'\b((?:limits|deadlines|records|issuer|origin|route|gateway)\.\w+)\b', page):
        if key not in known:
            found.append(f'{PAGE}: no key of the configuration is called {key}')
    return found


# Reasons that no test over sockets or in the simulator can bring about.
NEVER = {'origin_credential': 'a configuration whose credential cannot be read is not taken: a second line behind that',
         'gateway_internal': 'a defect of the gateway'}
TESTS = ('tests/conform', 'tests/integration', 'tests/sim')


def never_tested(header, text):
    """text: of all tests that ask a whole gateway."""
    names = [name for name, _, _ in listed(header).values()]
    words = set(re.findall(r'\w+', text))
    found = [f'{HEADER}: no test in {", ".join(TESTS)} names {name}' for name in names if name not in words and name not in NEVER]
    return found + [f'tests/structure/reasons.py: {name} need not be an exception' for name in NEVER if name in words or name not in names]


def check():
    problems = problems_of(tree.read(HEADER), tree.read(PAGE), ''.join(tree.read(part) for part in KEYS))
    problems += never_given(tree.read(HEADER), {path: tree.read(path) for path in tree.cpp_files(['src'])})
    problems += never_tested(tree.read(HEADER), '\n'.join(tree.read(path) for path in tree.files(TESTS, ('.py', '.cc', '.h'))))
    return tree.report('reasons', problems, len(listed(tree.read(HEADER))))


if __name__ == '__main__':
    tree.run(check)
