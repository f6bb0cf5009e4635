"""Builds the variants and runs their tests; see tools/test, which calls this.

A test is what `meson introspect --tests` lists. A GoogleTest program writes its own account (GTEST_OUTPUT)
and counts once per case, and so does one of unittest; any other program counts once: exit code 0 passed, 77 skipped (its last line
says why), else failed.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import confined
import world

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEPS = os.path.abspath(os.environ.get('GATEHOUSE_DEPS', os.path.join(ROOT, '.deps')))
SKIP_CODE = 77
OUTPUT_LINES_SHOWN = 60
SLOWEST_SHOWN = 10
LINES_REPEATED = 25   # of each failed test, at the end, where whoever looks at a long run looks first
RUN_AGAIN = 3         # tests of a variant: where more fail the machine is not the cause
FUZZ_A_CORE = 8       # targets at a time, as far as memory goes: what they must try they try however many run
FUZZ_BYTES = 600 << 20   # of memory for one, with what its sanitizers keep

# What no second run excuses: memory, threads and undefined behaviour are wrong once and for all.
SANITIZER = world.SANITIZER
DEEP_FRAME = re.compile(r'^[ |]*#([89]|\d\d) ')   # of the stacks it prints: who called is seldom the question


@dataclasses.dataclass
class Spent:
    """Where a variant's time went. Of the processor: what it took with all that it waited for; not what outlived it."""
    built: tuple = (0, 0)                                     # seconds by the clock, seconds of processor
    tested: float = 0                                         # seconds by the clock
    tests: list = dataclasses.field(default_factory=list)     # (seconds of processor, seconds by the clock, name)

    def __str__(self):
        slowest = ', '.join(f'{name} {processor:.0f} ({seconds:.0f})' for processor, seconds, name in sorted(self.tests)[:-SLOWEST_SHOWN - 1:-1])
        return (f'building took {self.built[0]:.0f} s and {self.built[1]:.0f} s of processor, tests {self.tested:.0f} s and '
                f'{sum(test[0] for test in self.tests):.0f} s of processor' + (f'; most, and by the clock: {slowest}' if slowest else ''))


@dataclasses.dataclass
class Variant:
    name: str
    folder: str
    options: list            # for meson setup
    environment: dict        # while configuring
    wanted: callable         # suites -> run it here?
    everything: bool         # build all targets, not only those of the tests that run
    slower: float            # factor for time limits, which are for hanging tests: a busy machine is no failure
    confined: bool = False   # unprivileged, with little locked memory and an old kernel's features: see confined.py
    place: object = None     # confined.Place while it runs
    spent: Spent = dataclasses.field(default_factory=Spent)


def suites_but(*left_out):
    return lambda suites: not (set(left_out) & suites)


# Sanitizers need neither -O2 nor full debug information, and compile three times as fast without.
ARGS = '-g1 -D_GLIBCXX_ASSERTIONS'
QUICK = ['-Doptimization=1', '-Ddebug=false', '-Db_lundef=false']
# lld links their programs in a part of the time, and with what their objects carry there is much to link.
CLANG = {'CC': 'clang', 'CXX': 'clang++', 'CC_LD': 'lld', 'CXX_LD': 'lld'}

VARIANTS = [
    Variant('release', 'build', ['--buildtype', 'release'], {}, suites_but(), True, 4),
    # The release build once more, as a careful host runs it.
    Variant('confined', 'build', ['--buildtype', 'release'], {},
            lambda suites: suites & {'conform', 'integration'}, False, 4, confined=True),
    # One build for the suite, the fuzz targets and the benchmarks: that clang compiles everything is a test too.
    Variant('asan', 'build-asan', [*QUICK, f'-Dcpp_args={ARGS}', '-Db_sanitize=address,undefined', '-Dfuzz=true',
                                   '-Dbench=true'], CLANG, suites_but('structure', 'release'), True, 10),
    Variant('tsan', 'build-tsan', [*QUICK, f'-Dcpp_args={ARGS}', '-Db_sanitize=thread'], CLANG,
            lambda suites: 'tsan' in suites, False, 20),
]

SANITIZER_OPTIONS = {
    'ASAN_OPTIONS': 'detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1',
    'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1',
    'TSAN_OPTIONS': 'halt_on_error=1',
}


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    failed: list = dataclasses.field(default_factory=list)    # names
    skipped: list = dataclasses.field(default_factory=list)   # (name, reason)
    unsteady: list = dataclasses.field(default_factory=list)  # names of tests that failed, and passed when run again alone
    outputs: dict = dataclasses.field(default_factory=dict)   # of failed tests: name -> what they printed last

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def say(text):
    print(text, flush=True)


def configured(variant):
    return os.path.exists(os.path.join(ROOT, variant.folder, 'build.ninja'))


def configure(variant):
    """Returns an error text, '' when all is well."""
    if configured(variant):
        return ''
    missing = [tool for tool in variant.environment.values() if not shutil.which(tool)]
    if missing:
        return f'{missing[0]} is not installed (tools/setup --tests installs it)'
    say(f'{variant.name}: configuring {variant.folder}')
    cache = 'ccache ' if shutil.which('ccache') else ''   # meson takes it by itself only without CXX
    compilers = {name: tool if name.endswith('_LD') else cache + tool for name, tool in variant.environment.items()}
    deps = os.environ.get('GATEHOUSE_DEPS')
    command = ['meson', 'setup', variant.folder, *variant.options] + ([f'-Ddeps_prefix={deps}'] if deps else [])
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **compilers}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        print('\n'.join(done.stdout.splitlines()[-OUTPUT_LINES_SHOWN:]))
        return 'meson setup failed'
    return ''


def introspect(variant):
    text = subprocess.run(['meson', 'introspect', variant.folder, '--tests'], cwd=ROOT, check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return json.loads(text)


def suites_of(test):
    return {suite.split(':', 1)[-1] for suite in test['suite']}


def select(variant, arguments):
    chosen = []
    for test in introspect(variant):
        suites = suites_of(test)
        if not variant.wanted(suites) or ('long' in suites and not arguments.long):
            continue
        if arguments.only and not re.search(arguments.only, test['name']):
            continue
        chosen.append(test)
    return chosen


def targets_of(variant, tests):
    """Names for ninja of what these tests run: outputs of the targets that they depend on."""
    text = subprocess.run(['meson', 'introspect', variant.folder, '--targets'], cwd=ROOT, check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    needed = {identifier for test in tests for identifier in test.get('depends', [])}
    folder = os.path.join(ROOT, variant.folder)
    return sorted({os.path.relpath(name, folder) for target in json.loads(text) if target['id'] in needed
                   for name in target['filename']})


# What makes a command take only what others leave: its own session has the least share of the processor, where sessions have
# shares (autogroup), and it has the least within a session.
STEP_BACK = ['sh', '-c', 'echo 19 2>/dev/null >/proc/self/autogroup; exec nice -n 19 "$@"', 'sh']
beside = []   # processes that run so


def ended(process):
    """Waits for it; returns (exit code, seconds of processor)."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime


def build(variant, tests, arguments, step_back=False):
    """`step_back`: beside the tests of other variants, which must not notice."""
    everything = variant.everything and not arguments.only
    targets = [] if everything else targets_of(variant, tests)
    if not everything and not targets:
        return ''
    say(f'{variant.name}: building ' + ('everything' if everything else f'{len(targets)} targets'))
    start = time.monotonic()
    command = ['ninja', '-C', variant.folder, '-j', str(arguments.jobs), '-k', '0', *targets]
    done = subprocess.Popen([*STEP_BACK, *command] if step_back else command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, start_new_session=step_back)
    if step_back:
        beside.append(done)
    lines, shown = [], time.monotonic()
    for line in done.stdout:
        lines.append(line.rstrip())
        if time.monotonic() - shown > 20 and line.startswith('['):
            shown = time.monotonic()
            say(f'{variant.name}:   {line.split("]")[0]}]')
    done.stdout.close()
    code, processor = ended(done)
    variant.spent.built = (time.monotonic() - start, processor)
    if code != 0:
        print('\n'.join(line for line in lines if not re.match(r'\[\d+/\d+\] (?!.*FAILED)', line)))
        return 'the build failed'
    warnings = [line for line in lines if ' warning: ' in line]
    if warnings:
        print('\n'.join(warnings))
        return f'{len(warnings)} compiler warnings'
    say(f'{variant.name}: built in {variant.spent.built[0]:.0f} s')
    return ''


def verbose(command):
    """What makes a program of unittest name each case, and why it was skipped."""
    script = next((word for word in command if word.endswith('.py') and os.path.exists(word)), None)
    if script is None:
        return []
    with open(script, encoding='utf-8') as file:
        return ['-v'] if 'unittest.main()' in file.read() else []


def run_command(variant, test, environment, limit):
    """Returns (exit code, output, seconds of processor); the whole process group ends with the limit."""
    command, folder = [*test['cmd'], *verbose(test['cmd'])], test['workdir'] or os.path.join(ROOT, variant.folder)
    if variant.place:
        command, folder, environment = variant.place.command(command), variant.place.folder, variant.place.environment(environment)
    process = subprocess.Popen(command, cwd=folder, env=environment, text=True, errors='replace', stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    too_long = threading.Event()

    def end():
        too_long.set()
        os.killpg(process.pid, signal.SIGKILL)

    clock = threading.Timer(limit, end)
    clock.daemon = True
    clock.start()
    with process.stdout:
        output = process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)   # its number stays its own until the clock is off
    clock.cancel()
    clock.join()
    code, processor = ended(process)
    if too_long.is_set():
        code, output = -signal.SIGKILL, output + f'\ntime limit of {limit:.0f} s reached'
    return code, output, processor


def skip_reason(output, case):
    """The message of a GTEST_SKIP, which GoogleTest prints between RUN and SKIPPED."""
    match = re.search(rf'^\[ RUN      \] {re.escape(case)}\n(.*?)^\[  SKIPPED \]', output, re.M | re.S)
    lines = [line for line in (match.group(1).splitlines() if match else [])
             if line.strip() and not re.match(r'\S+:\d+: Skipped$', line)]
    return lines[-1].strip() if lines else 'no reason given'


def account(name, code, output, report):
    """Turns what a program left behind into an Outcome."""
    outcome = Outcome()
    if report:
        for suite in report['testsuites']:
            for case in suite['testsuite']:
                full = f'{suite["name"]}.{case["name"]}'
                if case.get('result') == 'SKIPPED':
                    outcome.skipped.append((f'{name}: {full}', skip_reason(output, full)))
                elif case.get('status') == 'NOTRUN':
                    continue
                elif case.get('failures'):
                    outcome.failed.append(f'{name}: {full}')
                else:
                    outcome.passed += 1
        if code != 0 and not outcome.failed:   # a leak, say: found after the last case
            outcome.failed.append(f'{name}: exit code {code} after its cases')
    elif code == 0 and (ran := re.search(r'^Ran (\d+) tests? in ', output, re.M)):   # unittest, told to be verbose
        said = re.search(r'^OK \(.*skipped=(\d+)', output, re.M)
        skipped = int(said.group(1)) if said else 0
        reasons = [reason for _, reason in re.findall(r'(?:^|\.\.\. )skipped ([\'"])(.*)\1$', output, re.M)][:skipped]
        reasons += ['no reason given'] * (skipped - len(reasons))
        outcome.skipped = [(name, reason) for reason in reasons]
        outcome.passed = int(ran.group(1)) - skipped
    elif code == 0:
        outcome.passed = 1
    elif code > 0 and (ran := re.search(r'^Ran (\d+) tests? in ', output, re.M)) and \
            (bad := re.findall(r'^(?:FAIL|ERROR): (.*)', output, re.M)):
        said = re.search(r'^FAILED \(.*skipped=(\d+)', output, re.M)
        outcome.failed = [f'{name}: {case}' for case in bad]
        outcome.skipped = [(name, 'see its output')] * (int(said.group(1)) if said else 0)
        outcome.passed = max(0, int(ran.group(1)) - len(bad) - len(outcome.skipped))
    elif code == SKIP_CODE:
        lines = [line for line in output.splitlines() if line.strip()]
        outcome.skipped.append((name, lines[-1] if lines else 'no reason given'))
    else:
        outcome.passed = len(re.findall(r'^\[       OK \]', output, re.M))
        outcome.failed.append(f'{name}: ' + (f'signal {-code}' if code < 0 else f'exit code {code}'))
    return outcome


def run_test(variant, test, arguments):
    name = f'{variant.name}/{test["name"]}'
    limit = (test['timeout'] or 600) * variant.slower
    with tempfile.TemporaryDirectory(prefix='gatehouse-test-') as folder:
        path = os.path.join(folder, 'report.json')
        environment = {**SANITIZER_OPTIONS, **os.environ, **test['env'], 'GTEST_OUTPUT': f'json:{path}',
                       'PYTHONDONTWRITEBYTECODE': '1'}
        if arguments.long:
            environment['GATEHOUSE_LONG'] = '1'
        start = time.monotonic()
        code, output, processor = run_command(variant, test, environment, limit)
        seconds = time.monotonic() - start
        variant.spent.tests.append((processor, seconds, test['name']))
        report = None
        if os.path.exists(path):
            with open(path, encoding='utf-8', errors='replace') as file:
                report = json.load(file)
    return account(name, code, output, report), output, seconds, code


def worth_another_run(test, code, output):
    """Whether the machine may be why a test failed: it speaks over real sockets with real processes, and it said no; it was not
    killed, nothing hung, and no sanitizer spoke."""
    return bool(suites_of(test) & {'conform', 'integration'}) and code > 0 and not SANITIZER.search(output)


def show(variant, test, outcome, output, seconds):
    bad = bool(outcome.failed)
    counts = f'{outcome.passed} passed' + (f', {len(outcome.failed)} failed' if bad else '') + \
             (f', {len(outcome.skipped)} skipped' if outcome.skipped else '')
    told = f'; {output.splitlines()[-1]}' if 'fuzz' in suites_of(test) and output.strip() and not bad else ''
    say(f'{"FAIL" if bad else "ok  "} {variant.name}/{test["name"]}: {counts} ({seconds:.1f} s){told}')
    if bad:
        kept = [line for line in output.splitlines() if not re.match(r'\[( RUN  |       OK)', line)]
        found = next((at for at, line in enumerate(kept) if SANITIZER.search(line)), len(kept))
        told = [line for line in kept[found:] if not DEEP_FRAME.search(line)][:OUTPUT_LINES_SHOWN]
        for line in told + kept[-OUTPUT_LINES_SHOWN:]:
            print('     | ' + line)
        sys.stdout.flush()
        outcome.outputs[f'{variant.name}/{test["name"]}'] = told[:LINES_REPEATED] or kept[-LINES_REPEATED:]


def prepare(variant, arguments, step_back=False):
    """Configures and builds one variant; returns (what is wrong, '' for nothing, and the tests to run)."""
    problem = '' if arguments.no_build and configured(variant) else configure(variant)
    tests = [] if problem else select(variant, arguments)
    if not problem and not arguments.no_build and not arguments.list:
        problem = build(variant, tests, arguments, step_back)
        if not problem:
            tests = select(variant, arguments)   # a changed build file was read again meanwhile
    return problem, tests


def run_variant(variant, prepared, arguments, total):
    """Runs the tests of one variant and adds to `total`."""
    problem, tests = prepared
    if arguments.list:
        for test in tests:
            say(f'{variant.name}/{test["name"]}  [{", ".join(sorted(suites_of(test)))}]')
        return
    if not problem and variant.everything and not arguments.no_build and not arguments.only:
        total.passed += 1                        # it builds without warnings: a test of its own
    if problem:
        say(f'FAIL {variant.name}: {problem}')
        total.failed.append(f'{variant.name}: {problem}')
        return
    if not variant.confined:
        run_timed(variant, tests, arguments, total)
        return
    problem = confined.missing()
    if problem:
        total.skipped += [(f'{variant.name}/{test["name"]}', problem) for test in tests]
        return
    variant.place = confined.Place(ROOT, variant.folder, DEPS, tests)
    try:
        run_timed(variant, tests, arguments, total)
    finally:
        variant.place.close()
        variant.place = None


def run_timed(variant, tests, arguments, total):
    """Runs them, and tells where the time of the variant went."""
    start = time.monotonic()
    run_selected(variant, tests, arguments, total)
    variant.spent.tested = time.monotonic() - start
    if tests:
        say(f'{variant.name}: {variant.spent}')


def fuzz_at_once(jobs):
    memory = os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    return max(jobs, min(FUZZ_A_CORE * jobs, memory // FUZZ_BYTES))


def run_selected(variant, tests, arguments, total):
    """Tests that may run beside others use every core. Then conform tests run two at a time, as they wait for deadlines most of
    theirs, and the others one by one; the fuzz targets, which step back for anyone else and search for a minute each, run beside
    these, more of them than there are cores: one after the other their minutes were half of an hour. Then what failed over real
    sockets runs once more, alone: where it passes it is called unsteady, which is a defect of the test or of what it tests, but
    not this change's."""
    fuzz = [test for test in tests if test['is_parallel'] and 'fuzz' in suites_of(test)]
    together = [test for test in tests if test['is_parallel'] and test not in fuzz]
    conform = [test for test in tests if not test['is_parallel'] and 'conform' in suites_of(test)]
    alone = [test for test in tests if not test['is_parallel'] and test not in conform]
    again = []

    def take(running):
        for future in concurrent.futures.as_completed(running):
            test = running[future]
            outcome, output, seconds, code = future.result()
            show(variant, test, outcome, output, seconds)
            if outcome.failed and not arguments.long and worth_another_run(test, code, output):
                again.append((test, outcome))
                continue
            total.add(outcome)
            total.outputs.update(outcome.outputs)

    pool_of = concurrent.futures.ThreadPoolExecutor
    with pool_of(arguments.jobs) as many, pool_of(fuzz_at_once(arguments.jobs)) as fuzzing, pool_of(2) as two, pool_of(1) as one:
        take({many.submit(run_test, variant, test, arguments): test for test in together})
        running = {two.submit(run_test, variant, test, arguments): test for test in conform}
        one.submit(concurrent.futures.wait, list(running))
        running |= {one.submit(run_test, variant, test, arguments): test for test in alone}
        take(running | {fuzzing.submit(run_test, variant, test, arguments): test for test in fuzz})
    for test, outcome in again:
        if len(again) <= RUN_AGAIN:
            second, output, seconds, _ = run_test(variant, test, arguments)
            show(variant, test, second, output, seconds)
            if not second.failed:
                total.unsteady += outcome.failed
                outcome = second
        total.add(outcome)
        total.outputs.update(outcome.outputs)


def run_all(variants, arguments, total):
    """One variant after the other. What the later ones run is built meanwhile, with what the tests before leave of the machine:
    most of those over sockets wait."""
    with concurrent.futures.ThreadPoolExecutor(1) as ahead:
        prepared = [ahead.submit(prepare, variant, arguments, variant is not variants[0]) for variant in variants]
        try:
            for variant, ready in zip(variants, prepared):
                run_variant(variant, ready.result(), arguments, total)
        except BaseException:
            ahead.shutdown(wait=False, cancel_futures=True)
            for process in beside:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)
            raise


def conclude(total, seconds):
    """Says what was skipped, unsteady and failed, and why; the last line is the account."""
    for name, reason in total.skipped:
        say(f'skipped {name}: {reason}')
    for name in total.unsteady:
        say(f'unsteady {name}: failed, and passed when run again alone; find out why')
    for name, lines in list(total.outputs.items())[:10]:
        say(f'why {name} failed:')
        for line in lines:
            say('     | ' + line)
    for name in total.failed:
        say(f'failed {name}')
    say(f'{seconds:.0f} s')
    if not total.passed and not total.failed:
        total.failed.append('nothing ran')
        say('failed: no test was selected')
    say(f'{total.passed} passed, {len(total.failed)} failed' +
        (f', {len(total.skipped)} skipped' if total.skipped else ''))


def main():
    parser = argparse.ArgumentParser(prog='tools/test')
    parser.add_argument('--variant', action='append', choices=[variant.name for variant in VARIANTS])
    parser.add_argument('--only', metavar='REGEX')
    parser.add_argument('--long', action='store_true')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--no-build', action='store_true')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()

    os.environ['PATH'] += os.pathsep + os.path.join(DEPS, 'promtool/usr/bin')
    total = Outcome()
    start = time.monotonic()
    run_all([each for each in VARIANTS if not arguments.variant or each.name in arguments.variant], arguments, total)
    if arguments.list:
        return 0
    conclude(total, time.monotonic() - start)
    return 1 if total.failed else 0


if __name__ == '__main__':
    sys.exit(main())
