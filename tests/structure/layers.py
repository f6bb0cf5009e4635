"""Includes go down only: every #include of src is held against src/layers.txt."""
import re

import tree

# What a pure module cannot include: system calls, clocks, threads. <sys/socket.h> and <netinet/in.h> give
# address structures as values and are left to base/address.
SHELL_ONLY = re.compile(r'^(sys/(?!types\.h|socket\.h|un\.h|uio\.h)\w+\.h|linux/.*|unistd\.h|fcntl\.h|poll\.h|signal\.h|'
                        r'pthread\.h|netdb\.h|ifaddrs\.h|liburing.*|thread|mutex|condition_variable|future|'
                        r'chrono|fstream|filesystem|iostream)$')
NETWORK = re.compile(r'^(sys/(socket|un)\.h|netinet/.*|arpa/.*|net/if\.h)$')


def layers(text):
    """{module: (row, kind)} of layers.txt."""
    table = {}
    for line in text.splitlines():
        words = line.split('#')[0].split()
        if words:
            table[words[2]] = (int(words[0]), words[1])
    return table


def map_problems(text, table):
    """The map that people read (src/README.md) says of rows and kinds what layers.txt says."""
    shown = {name: (int(row), kind) for row, name, kind in re.findall(r'^\| (\d+) \| `(\w+)/` \| (\w+) \|', text, re.M)}
    return [f'src/README.md: {name} is {shown.get(name)} there and {table.get(name)} in src/layers.txt'
            for name in sorted({*shown, *table}) if shown.get(name) != table.get(name)]


def problems_of(path, text, table, excepted=()):
    module = path.split('/')[1]
    if module not in table:
        return [f'{path}: module {module} is not in src/layers.txt']
    row, kind = table[module]
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        quoted, name = match.group(1) == '"', match.group(2)
        first = name.split('/')[0]
        where = f'{path}:{number}: '
        if quoted and first != module and first != 'gatehouse':
            if '/' not in name or first not in table:
                problems.append(where + f'"{name}" is not written from src')
            elif table[first][0] >= row:
                problems.append(where + f'{module} (row {row}) includes {first} (row {table[first][0]})')
            elif kind == 'pure' and table[first][1] == 'shell':
                problems.append(where + f'{module} is pure and includes {first}, which is shell')
        elif not quoted:
            if kind == 'pure' and (SHELL_ONLY.match(name) or (NETWORK.match(name) and module != 'base')):
                problems.append(where + f'{module} is pure and includes <{name}>')
            if name.startswith('liburing') and module != 'uring' and f'{path}:{name}' not in excepted:
                problems.append(where + f'only uring/ knows liburing, not {module}')
    return problems


def check():
    table = layers(tree.read('src/layers.txt'))
    paths = tree.cpp_files(['src'])
    excepted = tree.exceptions('include')
    problems = map_problems(tree.read('src/README.md'), table)
    problems += [problem for path in paths for problem in problems_of(path, tree.read(path), table, excepted)]
    for key in excepted:
        path, name = key.split(':')
        if path not in paths or f'#include <{name}>' not in tree.read(path):
            problems.append(f'include {key}: no longer there: take it out of exceptions.txt')
    return tree.report('layers', problems, len(paths))


if __name__ == '__main__':
    tree.run(check)
