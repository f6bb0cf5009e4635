"""Every header compiles alone. Usage: headers.py BUILD_FOLDER COMPILER...

A header that its own source includes before anything else is compiled alone by the build itself: here it must only guard
itself. The others are compiled here."""
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys

import tree


def flags(build):
    """The system include paths and definitions of all that the build compiles, relative to its folder. Not the
    -I of single modules: a header must not need them, and base/time.h would stand in for <time.h>."""
    kept = []
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as file:
        commands = json.load(file)
    for command in commands:
        words = shlex.split(command['command'])
        for index, word in enumerate(words):
            pair = [word, words[index + 1]] if word == '-isystem' else [word]
            if word.startswith(('-D_GNU', '-isystem')) and pair not in kept:
                kept.append(pair)
    return [word for pair in kept for word in pair]


def problem_of(header, build, compiler, options):
    source = f'#include "{header}"\n#include "{header}"\n'   # twice: it must guard itself
    done = subprocess.run([*compiler, '-std=c++20', '-fsyntax-only', '-Wall', '-Wextra', '-Werror', *options,
                           '-I', os.path.join(tree.ROOT, 'src'), '-I', os.path.join(tree.ROOT, 'include'),
                           '-I', tree.ROOT, '-I', os.path.join(tree.ROOT, 'tools'), '-x', 'c++', '-'],
                          cwd=build, input=source, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return '' if done.returncode == 0 else f'{header} does not compile alone:\n{done.stdout[:1500]}'


def comes_first(header):
    """Whether the source of the same name includes it before anything else."""
    source = header.removesuffix('.h') + '.cc'
    if not os.path.exists(os.path.join(tree.ROOT, source)):
        return False
    first = re.search(r'^#include "(.*)"|^#include <', tree.read(source), re.M)
    return bool(first and first.group(1) and header.endswith('/' + first.group(1)))


def unguarded(header):
    return '' if re.search(r'^#pragma once$', tree.read(header), re.M) else f'{header} has no "#pragma once"'


def check(build, compiler):
    options = flags(build)
    headers = tree.files(['src', 'include', 'tools'], ['.h'])
    first = [header for header in headers if comes_first(header)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [*map(unguarded, first),
                 *pool.map(lambda header: problem_of(header, build, compiler, options), sorted(set(headers) - set(first)))]
    return tree.report('headers', [problem for problem in found if problem], len(headers))


if __name__ == '__main__':
    sys.exit(check(sys.argv[1], sys.argv[2:]))
