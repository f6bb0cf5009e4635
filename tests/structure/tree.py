"""The source tree as the structure tests see it."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ('src', 'include', 'tools', 'bench', 'tests')
EXCEPTIONS = os.path.join(ROOT, 'tests/structure/exceptions.txt')


def files(folders, endings, root=ROOT):
    """Paths relative to the root, sorted; build folders and hidden ones are no part of the tree."""
    found = []
    for folder in folders:
        for at, inner, names in os.walk(os.path.join(root, folder)):
            inner[:] = [name for name in inner if name[0] != '.' and name not in ('__pycache__', 'node_modules')]
            found += [os.path.relpath(os.path.join(at, name), root) for name in names
                      if name.endswith(tuple(endings))]
    return sorted(found)


def commands():
    """The programs in tools/: the files without an ending."""
    return sorted(f'tools/{name}' for name in os.listdir(os.path.join(ROOT, 'tools'))
                  if '.' not in name and os.path.isfile(os.path.join(ROOT, 'tools', name)))


def cpp_files(folders, root=ROOT):
    return files(folders, ('.h', '.cc'), root)


def read(path, root=ROOT):
    with open(os.path.join(root, path), encoding='utf-8', errors='replace') as file:
        return file.read()


TOKENS = re.compile(r'''
    //[^\n]* | /\*.*?\*/                                   # comments
  | (?:u8|[uUL])?R"(?P<fence>[^\s()\\]{0,16})\(.*?\)(?P=fence)"  # raw strings
  | (?:u8|[uUL])?"(?:\\.|[^"\\\n])*"                       # strings
  | (?<![0-9a-fA-F'])'(?:\\.[^'\n]*|[^'\\\n])'             # characters, but not 1'000
''', re.X | re.S)


def bare(text):
    """C++ text with comments gone and literals emptied; every line stays on its line."""
    def blank(match):
        lines = '\n' * match.group(0).count('\n')
        return lines if match.group(0)[0] == '/' else '""' + lines
    return TOKENS.sub(blank, text)


def exceptions(kind):
    """{key: (figure, line of the file)} of one kind. A line is `kind key figure  # why`."""
    table = {}
    for line in read(os.path.relpath(EXCEPTIONS, ROOT)).splitlines():
        words = line.split('#')[0].split()
        if words and words[0] == kind:
            table[words[1]] = int(words[2]) if len(words) > 2 else 0
    return table


def ratchet(kind, found):
    """Compares {key: figure} over the budget with the exceptions: they may shrink, never grow or linger."""
    problems = []
    allowed = exceptions(kind)
    for key, figure in sorted(found.items()):
        if key not in allowed:
            problems.append(f'{kind} {key}: {figure} is over the budget')
        elif figure > allowed[key]:
            problems.append(f'{kind} {key}: {figure} is more than the {allowed[key]} excepted')
        elif figure < allowed[key]:
            problems.append(f'{kind} {key}: shrank to {figure}: write that into exceptions.txt')
    problems += [f'{kind} {key}: keeps to the budget again: take it out of exceptions.txt'
                 for key in sorted(set(allowed) - set(found))]
    return problems


def report(name, problems, looked_at):
    """Prints what was found; the exit code of the test."""
    for problem in problems:
        print(problem)
    print(f'{name}: looked at {looked_at}, {len(problems)} problems')
    if not looked_at:
        print(f'{name}: found nothing to look at')
    return 1 if problems or not looked_at else 0


def run(check):
    sys.exit(check())
