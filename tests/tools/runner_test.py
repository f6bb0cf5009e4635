"""The test runner must notice every way in which a test can fail."""
import argparse
import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

LIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools/lib')
sys.path.insert(0, LIB)
import run_tests   # noqa: E402


def report(*cases):
    return {'testsuites': [{'name': 'Suite', 'testsuite': list(cases)}]}


def case(name, result='COMPLETED', status='RUN', **more):
    return {'name': name, 'status': status, 'result': result, **more}


class CommandLine(unittest.TestCase):
    def test_a_wrong_word_is_said_before_anything_is_set_up(self):
        for words in (['--nonsense'], ['--variant', 'fast'], ['--variant=fast'], ['--variant'], ['--no-setup', 'json']):
            done = subprocess.run([os.path.join(LIB, '../test'), *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=60, check=False)
            self.assertEqual((done.returncode, done.stdout), (64, ''), words)
            self.assertIn('see tools/test --help', done.stderr)

    def test_known_words_are_passed_on(self):
        done = subprocess.run([os.path.join(LIB, '../test'), '--no-setup', '--no-build', '--variant', 'release', '--only=no test has this name',
                               '--jobs', '1', '--list'], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        self.assertNotIn(done.returncode, (2, 64), done.stdout)


class Account(unittest.TestCase):
    def counts(self, *arguments):
        outcome = run_tests.account('x', *arguments)
        return outcome.passed, len(outcome.failed), len(outcome.skipped)

    def test_every_case_counts(self):
        self.assertEqual(self.counts(0, '', report(case('a'), case('b'))), (2, 0, 0))
        self.assertEqual(self.counts(1, '', report(case('a'), case('b', failures=[{}]))), (1, 1, 0))

    def test_cases_of_unittest_count_and_say_why_they_were_skipped(self):
        output = """test_a (__main__.Some.test_a) ... ok
test_b (__main__.Some.test_b)
What b is about. ... skipped 'no "wrk" here'
test_c (__main__.Some.test_c) ... said between
skipped "it's too old"

----------------------------------------------------------------------
Ran 3 tests in 0.001s

OK (skipped=2)
"""
        outcome = run_tests.account('x', 0, output, None)
        self.assertEqual((outcome.passed, outcome.failed), (1, []))
        self.assertEqual([reason for _, reason in outcome.skipped], ['no "wrk" here', "it's too old"])
        self.assertEqual(self.counts(0, 'Ran 12 tests in 0.5s\n\nOK\n', None), (12, 0, 0))
        self.assertEqual(self.counts(0, 'Ran 2 tests in 0.5s\n\nOK (skipped=1)\n', None), (1, 0, 1))

    def test_failed_cases_of_unittest_have_names(self):
        output = """test_a (__main__.Some.test_a) ... ok
ERROR: setUpClass (__main__.Other)
FAIL: test_b (__main__.Some.test_b)
Ran 4 tests in 0.5s

FAILED (failures=1, errors=1, skipped=1)
"""
        outcome = run_tests.account('x', 1, output, None)
        self.assertEqual(outcome.failed, ['x: setUpClass (__main__.Other)', 'x: test_b (__main__.Some.test_b)'])
        self.assertEqual((outcome.passed, len(outcome.skipped)), (1, 1))
        self.assertEqual(self.counts(1, 'Ran 2 tests in 0.5s\n\nand then it fell\n', None), (0, 1, 0))

    def test_disabled_cases_do_not_count(self):
        self.assertEqual(self.counts(0, '', report(case('a'), case('b', status='NOTRUN', result='SUPPRESSED'))), (1, 0, 0))

    def test_a_bad_exit_after_good_cases_is_a_failure(self):
        self.assertEqual(self.counts(1, 'LeakSanitizer', report(case('a'))), (1, 1, 0))

    def test_skipped_cases_say_why(self):
        output = ('[ RUN      ] Suite.a\n../t.cc:7: Skipped\nno promtool\n\n[  SKIPPED ] Suite.a (0 ms)\n'
                  '[ RUN      ] Suite.ab\n[       OK ] Suite.ab (0 ms)\n')
        outcome = run_tests.account('x', 0, output, report(case('a', 'SKIPPED'), case('ab')))
        self.assertEqual(outcome.skipped, [('x: Suite.a', 'no promtool')])
        self.assertEqual(outcome.passed, 1)

    def test_a_crash_counts_what_passed_before_and_one_failure(self):
        output = '[       OK ] S.a (0 ms)\n[       OK ] S.b (0 ms)\n[ RUN      ] S.c\n'
        self.assertEqual(self.counts(-11, output, None), (2, 1, 0))

    def test_other_programs(self):
        self.assertEqual(self.counts(0, 'fine', None), (1, 0, 0))
        self.assertEqual(self.counts(1, '', None), (0, 1, 0))
        self.assertEqual(run_tests.account('x', 77, 'a\nneeds nginx\n', None).skipped, [('x', 'needs nginx')])


class Run(unittest.TestCase):
    VARIANT = run_tests.VARIANTS[0]

    def run_shell(self, script, limit=30):
        test = {'cmd': ['sh', '-c', script], 'workdir': '/'}
        code, output, self.processor = run_tests.run_command(self.VARIANT, test, dict(os.environ), limit)
        return code, output

    def test_exit_code_and_both_outputs(self):
        self.assertEqual(self.run_shell('echo out; echo err >&2; exit 3'), (3, 'out\nerr\n'))

    def test_what_it_took_of_the_processor_is_counted_with_its_children(self):
        self.run_shell('sleep 0.3')
        idle = self.processor
        self.run_shell(f"{sys.executable} -c 'import time\nwhile time.process_time() < 1: pass'; true")
        self.assertGreater(self.processor, 1)
        self.assertLess(idle, self.processor)

    def test_what_stays_behind_with_the_output_ends_with_the_limit(self):
        code, output = self.run_shell('sleep 300 & exit 0', 2)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertIn('time limit', output)

    def test_a_hanging_test_ends_with_all_its_children(self):
        for limit in (1, 10, 60):   # it is to get as far as its first line
            code, output = self.run_shell('sleep 300 & echo $!; wait', limit)
            if output.split()[0].isdigit():
                break
        self.assertNotEqual(code, 0)
        self.assertIn('time limit', output)
        deadline = time.monotonic() + 60   # it was told to end; a busy machine takes a moment
        while self.state(output.split()[0]) not in ('gone', 'Z') and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertIn(self.state(output.split()[0]), ('gone', 'Z'))

    @staticmethod
    def state(process):
        try:
            with open(f'/proc/{process}/stat', encoding='ascii') as file:
                return file.read().rpartition(') ')[2][0]
        except FileNotFoundError:
            return 'gone'


class Again(unittest.TestCase):
    """What a second run may excuse, and what not."""

    def outcome(self, script, suite='conform', tests=1, **more):
        total = run_tests.Outcome()
        arguments = argparse.Namespace(jobs=1, long=False, **more)
        shell = [{'name': f'shell {i}', 'cmd': ['sh', '-c', script], 'workdir': self.folder.name, 'env': {}, 'timeout': 30, 'suite': [suite],
                  'is_parallel': False} for i in range(tests)]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            run_tests.run_selected(run_tests.VARIANTS[0], shell, arguments, total)
            run_tests.conclude(total, 0)
        return total, said.getvalue()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    FIRST_TIME = 'if [ -e there ]; then exit 0; fi; touch there; echo the cause; '

    def test_what_fails_once_over_sockets_is_told_and_does_not_count(self):
        total, said = self.outcome(self.FIRST_TIME + 'exit 1')
        self.assertEqual((total.passed, total.failed, total.unsteady), (1, [], ['release/shell 0: exit code 1']))
        self.assertRegex(said, r'(?s)FAIL release/shell 0.*the cause.*ok   release/shell 0.*unsteady release/shell 0')
        self.assertTrue(said.endswith('1 passed, 0 failed\n'))

    def test_what_fails_twice_fails(self):
        total, said = self.outcome('echo the cause; exit 1')
        self.assertEqual((total.passed, total.failed, total.unsteady), (0, ['release/shell 0: exit code 1'], []))
        self.assertRegex(said, r'(?s)why release/shell 0 failed:\n     \| the cause.*failed release/shell 0')

    def test_crashes_and_sanitizers_and_pure_tests_have_one_run(self):
        for script, suite in (('kill -SEGV $$', 'conform'), ('echo "SUMMARY: AddressSanitizer: leak"; exit 1', 'conform'),
                              ('echo "a.cc:7: runtime error: signed overflow"; exit 1', 'integration'), ('exit 1', 'unit')):
            total, _ = self.outcome(self.FIRST_TIME + script, suite)
            self.assertEqual((total.passed, len(total.failed), total.unsteady), (0, 1, []), script)
            os.remove(os.path.join(self.folder.name, 'there'))

    def test_many_failures_are_no_accident(self):
        total, _ = self.outcome('exit 1', tests=run_tests.RUN_AGAIN + 1)
        self.assertEqual(len(total.failed), run_tests.RUN_AGAIN + 1)


class Told(unittest.TestCase):
    def test_where_the_time_went_is_told_at_a_variants_end(self):
        spent = run_tests.Spent(built=(60.4, 110.2), tested=30, tests=[(float(n), 2.0 * n, f't{n}') for n in range(1, 13)])
        self.assertEqual(str(spent), 'building took 60 s and 110 s of processor, tests 30 s and 78 s of processor; most, and by the clock: ' +
                         ', '.join(f't{n} {n} ({2 * n})' for n in range(12, 2, -1)))


class Ahead(unittest.TestCase):
    """What later variants run is built beside the tests of the first, and takes only what they leave."""

    def run_all(self, scripts, ninja):
        """Runs a variant for each of `scripts`, its only test, with a `ninja` of our own; returns what was told."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, 'ninja'), 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n' + ninja)
        os.chmod(file.name, 0o755)
        variants, tests = [], {}
        for name, script in scripts.items():
            variants.append(run_tests.Variant(name, os.path.join(folder.name, name), [], {}, lambda suites: True, True, 1))
            os.mkdir(variants[-1].folder)
            with open(os.path.join(variants[-1].folder, 'build.ninja'), 'w', encoding='utf-8'):
                pass
            tests[name] = [{'name': 'shell', 'cmd': ['sh', '-c', script], 'workdir': folder.name, 'env': {}, 'timeout': 60,
                            'suite': ['unit'], 'is_parallel': False}]
        total = run_tests.Outcome()
        arguments = argparse.Namespace(jobs=1, long=False, no_build=False, list=False, only=None)
        path = os.environ['PATH']
        with mock.patch.object(run_tests, 'introspect', lambda variant: tests[variant.name]), \
                mock.patch.dict(os.environ, {'PATH': f'{folder.name}:{path}'}), contextlib.redirect_stdout(io.StringIO()) as said:
            try:
                run_tests.run_all(variants, arguments, total)
            except KeyboardInterrupt:
                total = None
        return total, said.getvalue(), folder.name

    BUILT = '[ "$(nice)" = 19 ] && low=-low; touch "$2/built$low"; '

    def test_the_second_is_built_while_the_first_is_tested(self):
        wait = 'i=0; until [ -e second/built-low ] || [ $i = 600 ]; do i=$((i+1)); sleep 0.05; done; [ -e second/built-low ] && [ -e first/built ]'
        total, said, _ = self.run_all({'first': wait, 'second': 'true'}, self.BUILT)
        self.assertEqual((total.failed, total.passed), ([], 4), said)
        self.assertRegex(said, r'(?s)\nfirst: building took .*; most, and by the clock: shell .*\nsecond: building took ')

    def test_a_build_that_fails_is_told_in_its_turn(self):
        total, said, _ = self.run_all({'first': 'true', 'second': 'true'},
                                      'case $2 in *second) echo "FAILED: a.o"; exit 1;; esac')
        self.assertEqual((total.failed, total.passed), (['second: the build failed'], 2), said)
        self.assertRegex(said, r'(?s)ok   first/shell.*FAIL second: the build failed')

    def test_who_stops_the_run_stops_what_is_built_beside_it(self):
        with mock.patch.object(run_tests, 'run_variant', side_effect=self.interrupt):
            total, _, folder = self.run_all({'first': 'true', 'second': 'true'},
                                            'case $2 in *second) echo $$ > "$2/pid.new"; mv "$2/pid.new" "$2/pid"; sleep 300;; esac')
        self.assertIsNone(total)
        self.assertFalse(os.path.exists(f'/proc/{self.building}'), folder)

    def interrupt(self, variant, *_):
        path = os.path.join(os.path.dirname(variant.folder), 'second/pid')
        deadline = time.monotonic() + 60
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        with open(path, encoding='ascii') as file:
            self.building = int(file.read())
        raise KeyboardInterrupt


class Configure(unittest.TestCase):
    def configured(self, there):
        asan = next(each for each in run_tests.VARIANTS if each.name == 'asan')
        with mock.patch.object(run_tests, 'configured', lambda variant: False), contextlib.redirect_stdout(io.StringIO()), \
                mock.patch.object(run_tests.shutil, 'which', lambda tool: tool if tool in there else None), \
                mock.patch.object(run_tests.subprocess, 'run', return_value=subprocess.CompletedProcess([], 0, '')) as run:
            return run_tests.configure(asan), run

    def test_the_cache_stands_before_compilers_alone(self):
        problem, run = self.configured(('ccache', 'clang', 'clang++', 'lld'))
        self.assertEqual((problem, run.call_count), ('', 1))
        given = run.call_args.kwargs['env']
        self.assertEqual((given['CXX'], given['CXX_LD']), ('ccache clang++', 'lld'))

    def test_a_missing_linker_is_named(self):
        problem, run = self.configured(('clang', 'clang++'))
        self.assertEqual((problem, run.call_count), ('lld is not installed (tools/setup --tests installs it)', 0))


class Variants(unittest.TestCase):
    def wanted(self, *suites):
        return [variant.name for variant in run_tests.VARIANTS if variant.wanted(set(suites))]

    def test_which_suite_runs_where(self):
        self.assertEqual(self.wanted('unit'), ['release', 'asan'])
        self.assertEqual(self.wanted('unit', 'tsan'), ['release', 'asan', 'tsan'])
        self.assertEqual(self.wanted('structure'), ['release'])
        self.assertEqual(self.wanted('fuzz'), ['release', 'asan'])
        self.assertEqual(self.wanted('release'), ['release'])


if __name__ == '__main__':
    unittest.main()
