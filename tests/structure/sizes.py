"""Budgets of files and functions; what is over must be in exceptions.txt and may only shrink."""
import ast
import re
import statistics

import tree

MEDIAN_LINES, NINETY_PERCENT_LINES, FILE_LINES, FUNCTION_LINES = 150, 500, 800, 70
LINE_COLUMNS = 132   # the aim is 110

SCOPE = re.compile(r'\b(namespace|class|struct|union|enum|extern)\b')
NAME = re.compile(r'([~\w:<>]+|operator\s*\S+?)\s*\($')


def closing(text, start):
    """Index just after the parenthesis that closes the one at `start`."""
    depth = 0
    for index in range(start, len(text)):
        depth += {'(': 1, ')': -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    return len(text)


def is_initialiser(head):
    """Is the '{' after `head` a value: a default argument, or a member in a constructor's list?"""
    return head.count('(') > head.count(')') or \
        re.search(r'\)\s*(noexcept)?\s*:(?!:)', head) and re.search(r'((?<!:):|,)\s*[\w<>]+$', head)


def function_name(head):
    """The name of the function whose text before '{' is `head`, '' when it is none."""
    head = re.sub(r'\[\[.*?\]\]|\b(alignas|noexcept|decltype|__attribute__)\s*\(+[^()]*\)+', ' ', head)
    start = head.find('(')
    if start < 0 or head.rstrip().endswith('='):
        return ''
    before = head[:start + 1]
    if SCOPE.search(re.sub(r'<[^<>]*>', '', before)) and not re.search(r'\)\s*(const|override|final|:|->|$)', head):
        return ''
    match = NAME.search(before)
    name = match.group(1) if match else ''
    return '' if name in ('if', 'for', 'while', 'switch', 'catch', 'return') else name


def functions(text):
    """[(name, first line, lines)] of the function bodies in C++ text, lambdas counted with their function."""
    text = re.sub(r'^[ \t]*#(?:\\\n|[^\n])*', lambda match: '\n' * match.group(0).count('\n'), tree.bare(text), flags=re.M)
    found, stack, head_start = [], [], 0
    inside = None   # depth of the function body that we are in
    line = 1
    for index, letter in enumerate(text):
        if letter == '\n':
            line += 1
        elif letter == '{':
            if inside is None:
                head = text[head_start:index].strip()
                if is_initialiser(head):
                    stack.append('initialiser')
                    continue
                if name := function_name(head):
                    inside = len(stack)
                    body = (name, line)
            stack.append('{')
            if inside is None:
                head_start = index + 1
        elif letter == '}':
            kind = stack.pop() if stack else '{'
            if inside is not None and len(stack) == inside:
                found.append((body[0], body[1], line - body[1] + 1))
                inside = None
            if kind != 'initialiser' and inside is None:
                head_start = index + 1
        elif letter == ';' and inside is None:
            head_start = index + 1
    return found


def python_functions(text):
    return [(node.name, node.lineno, node.end_lineno - node.lineno + 1) for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def check():
    product = tree.cpp_files(['src', 'include', 'tools', 'bench'])
    scripts = tree.files(['tools', 'tests', 'bench'], ['.py'])
    lines = {path: tree.read(path).count('\n') for path in product + scripts + tree.cpp_files(['tests'])}
    problems = tree.ratchet('file', {path: count for path, count in lines.items() if count > FILE_LINES})

    ordered = sorted(lines[path] for path in product)
    median, ninety = statistics.median(ordered), ordered[len(ordered) * 9 // 10]
    print(f'sizes: median {median:.0f} lines, 90 % within {ninety}, longest {max(lines.values())}')
    if median > MEDIAN_LINES:
        problems.append(f'the median file has {median} lines, more than {MEDIAN_LINES}')
    if ninety > NINETY_PERCENT_LINES:
        problems.append(f'more than a tenth of the files have over {NINETY_PERCENT_LINES} lines')

    long_ones, counted = {}, 0
    for path in product + scripts:
        found = (python_functions if path.endswith('.py') else functions)(tree.read(path))
        counted += len(found)
        long_ones.update({f'{path}:{name}': size for name, _, size in found if size > FUNCTION_LINES})
    problems += tree.ratchet('function', long_ones)
    print(f'sizes: {counted} functions')

    for path in product:
        problems += [f'{path}:{number}: {len(line)} columns, more than {LINE_COLUMNS}'
                     for number, line in enumerate(tree.read(path).splitlines(), 1) if len(line) > LINE_COLUMNS]
    return tree.report('sizes', problems, len(lines))


if __name__ == '__main__':
    tree.run(check)
