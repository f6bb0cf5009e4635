"""The checkers must be able to fail: each is shown a small wrong tree."""
import unittest

import binary
import includes
import layers
import reasons
import sizes
import tree
import words

TABLE = layers.layers('0 pure base\n1 pure http  # words\n1 shell uring\n2 pure tls\n3 shell net\n')


class Bare(unittest.TestCase):
    def test_comments_and_literals_go_and_lines_stay(self):
        text = 'int a; // peer\nauto b = "peer {";/* peer\n { */ char c = \'{\'; int d = 1\'000\'000;\nR"x({\n)x" e'
        self.assertNotIn('peer', tree.bare(text))
        self.assertNotIn('{', tree.bare(text))
        self.assertIn("1'000'000", tree.bare(text))
        self.assertEqual(tree.bare(text).count('\n'), text.count('\n'))


class Layers(unittest.TestCase):
    def problems(self, path, line):
        return layers.problems_of(path, line, TABLE)

    def test_lower_row_and_own_module_are_fine(self):
        self.assertEqual(self.problems('src/tls/a.cc', '#include "base/bytes.h"\n#include "tls/engine.h"\n'
                                       '#include "gatehouse/reason.h"\n#include <vector>'), [])

    def test_same_row_is_refused(self):
        self.assertEqual(len(self.problems('src/http/a.h', '#include "uring/ring.h"')), 1)

    def test_upper_row_is_refused(self):
        self.assertEqual(len(self.problems('src/http/a.h', '  # include "tls/engine.h"')), 1)

    def test_pure_on_shell_is_refused(self):
        self.assertEqual(len(self.problems('src/tls/a.h', '#include "uring/ring.h"')), 1)
        self.assertEqual(self.problems('src/net/a.h', '#include "uring/ring.h"'), [])

    def test_system_headers_in_pure_modules(self):
        for header in ('sys/socket.h', 'unistd.h', 'liburing.h', 'chrono', 'thread', 'netinet/in.h', 'sys/epoll.h'):
            self.assertTrue(self.problems('src/tls/a.h', f'#include <{header}>'), header)
        self.assertEqual(self.problems('src/net/a.cc', '#include <sys/socket.h>'), [])
        self.assertTrue(self.problems('src/net/a.cc', '#include <liburing.h>'))

    def test_the_map_says_what_the_table_says(self):
        rows = ''.join(f'| {row} | `{name}/` | {kind} | words | `a.h` |\n' for name, (row, kind) in TABLE.items())
        self.assertEqual(layers.map_problems(rows, TABLE), [])
        for wrong in (rows.replace('| 2 |', '| 1 |'), rows.replace('| 3 | `net/` | shell', '| 3 | `net/` | pure'),
                      rows + '| 4 | `new/` | pure | words | `a.h` |\n', rows.split('\n', 1)[1]):
            self.assertEqual(len(layers.map_problems(wrong, TABLE)), 1, wrong)

    def test_unknown_module_and_relative_include(self):
        self.assertTrue(self.problems('src/new/a.h', ''))
        self.assertTrue(self.problems('src/tls/a.h', '#include "engine.h"'))


class Functions(unittest.TestCase):
    def found(self, text):
        return [(name, size) for name, _, size in sizes.functions(text)]

    def test_kinds_of_bodies(self):
        text = '''
namespace a::b {
struct S : T<int(char)> { int x{1}; int y = {2};
  S() : x{3}, y(4) {
    call();
  }
  bool operator==(const S& o) const { return x == o.x; }
  auto trailing(int a) -> std::vector<int> {
    auto f = [&](int b) { return b; };
    if (a) { f(a); }
    return {};
  }
};
enum class E { a, b };
constexpr int table[] = {1, 2,
  3};
TEST(Name, case_one) {
  x();
}
static void plain(std::function<void(int)> f = {}) noexcept {
}
}
'''
        self.assertEqual([size for _, size in self.found(text)], [3, 1, 5, 3, 2])
        self.assertEqual(self.found(text)[2][0], 'trailing')

    def test_braces_in_literals_and_macros_do_not_count(self):
        text = '#define A(x) do { \\\n  x; } while (0)\nvoid f() {\n  char c = \'{\';\n  s = "}}";\n  // }\n}\nvoid g() {\n}\n'
        self.assertEqual(self.found(text), [('f', 5), ('g', 2)])

    def test_long_function_is_seen(self):
        self.assertEqual(self.found('int f() {\n' + '  x();\n' * 80 + '}\n'), [('f', 82)])


class Words(unittest.TestCase):
    def test_identifiers(self):
        for text in ('struct PeerState {};', 'int request_handler;', 'class Target {};', 'using ReadTarget = int;',
                     'auto upstream_ = 1;', 'namespace util {'):
            self.assertTrue(words.banned_identifiers('src/a.h', text), text)
        for text in ('ByteView target;', '// the peer', '"peer"', 'SSL_get_peer_certificate(ssl)', 'getpeername(a, b, c)',
                     'action.sa_handler = f;', 'implicit', 'SO_PEERCRED', '#include "x/context.h"'):
            self.assertEqual(words.banned_identifiers('src/a.h', text), [], text)

    def test_environment_and_flags(self):
        self.assertTrue(words.environment('a', 'const char* key = getenv("ORIGIN_KEY");'))
        self.assertTrue(words.environment('a', 'secure_getenv(name)'))
        self.assertTrue(words.environment('a', 'for (char** e = environ; *e; ++e)'))
        self.assertEqual(words.environment('a', 'getenv("CREDENTIALS_DIRECTORY") // getenv("X")'), [])
        self.assertTrue(words.secret_flags('a', 'add_option("--token", x)'))
        self.assertTrue(words.secret_flags('a', 'add_option("-p,--admin-password", x)'))
        self.assertTrue(words.secret_flags('a', 'add_option("--origin_api_key", x)'))
        self.assertTrue(words.secret_flags('a', 'add_option("--apikey", x)'))
        self.assertEqual(words.secret_flags('a', 'add_option("--token-file", x)'), [])
        self.assertTrue(words.environment('a', 'option->envname("GATEHOUSE_KEY")'))
        self.assertTrue(words.environment('a', 'int main(int argc, char** argv, char** envp)'))

    def test_texts(self):
        for text in ('https://deb.debian' + '.org/debian', 'see /wo' + 'rk/main', '/ho' + 'me/me/x', 'TO' + 'DO: later'):
            self.assertTrue(words.texts('a', text), text)
        for text in ('Debian 12', 'POST /work', 'the network/work', 'todo list'):
            self.assertEqual(words.texts('a', text), [], text)


class Includes(unittest.TestCase):
    def missing(self, text, **more):
        return [(line, header) for line, _, header in includes.missing('src/a/b.cc', {'src/a/b.cc': text, **more}, {})]

    def test_what_nobody_included_is_seen(self):
        self.assertEqual(self.missing('#include <vector>\nstd::vector<int> a;\nint b = std::min({1, 2});\nuint8_t c;\n'),
                         [(3, 'algorithm'), (4, 'cstdint')])

    def test_through_our_own_headers_and_other_names(self):
        own = {'src/a/b.h': '#include "c/d.h"\n', 'src/c/d.h': '#include <stdint.h>\n#include "a/b.h"\n'}
        self.assertEqual(self.missing('#include "a/b.h"\nuint8_t c;\n', **own), [])

    def test_texts_and_comments_use_nothing(self):
        self.assertEqual(self.missing('// std::min(a, b)\nauto a = "std::vector<int>";\n'), [])


class Reasons(unittest.TestCase):
    HEADER = 'X(none, 0, 200, "-") X(first, 1, 0, "-") X(second, 2, 0, "-")'

    def test_one_that_is_only_asked_for_or_in_a_table_is_never_given(self):
        for text in ('if (r == Reason::second) go();', 'case Reason::second: return 1;', 'x != Reason::second', '// Reason::second'):
            sources = {'src/a/b.cc': 'return Reason::first; ' + text, 'src/proxy/refusal.cc': 'is({Reason::second})'}
            self.assertEqual(reasons.never_given(self.HEADER, sources), [reasons.HEADER + ': nothing in src gives second'])

    def test_one_that_is_given_is_seen(self):
        for text in ('reply(Reason::second)', 'case Reason::first: return Reason::second;', 'a == b ? Reason::second : c'):
            self.assertEqual(reasons.never_given(self.HEADER, {'src/a/b.cc': 'return Reason::first; ' + text}), [])

    def test_one_that_no_test_names_is_told(self):
        header = 'X(first_one, 1, 400, "a")\nX(origin_credential, 2, 500, "b")\nX(gateway_internal, 3, 500, "c")'
        self.assertEqual(reasons.never_tested(header, "reason == 'first_one'"), [])
        self.assertEqual(len(reasons.never_tested(header, 'first_one_more')), 1)
        self.assertEqual(len(reasons.never_tested(header, 'first_one gateway_internal')), 1)


class Binary(unittest.TestCase):
    GOOD = ('', 'Type:   DYN (Position-Independent Executable file)',
            ' 0x1 (NEEDED) Shared library: [libhs.so.5]\n (FLAGS) BIND_NOW', 'GNU_RELRO\nGNU_STACK 0x0 0x0 RW 0x10',
            '0a0 T RAND_bytes\n    U syscall@GLIBC_2.2.5')

    def test_good(self):
        self.assertEqual(binary.problems_of(*self.GOOD), [])

    def test_bad(self):
        for index, value in ((0, '00a T SSL_read'), (1, 'Type: EXEC'), (2, 'BIND_NOW [libssl.so.3]'), (2, ''),
                             (3, 'GNU_STACK RW'), (3, 'GNU_RELRO\nGNU_STACK 0x0 RWE'),
                             (4, '0a0 T RAND_bytes'), (4, '0b0 t __wrap_syscall\n    U syscall@GLIBC_2.2.5'),
                             (4, '0c0 t _ZN9gatehouse3sim12seed_entropyEm\n    U syscall@GLIBC_2.2.5')):
            changed = list(self.GOOD)
            changed[index] = value
            self.assertEqual(len(binary.problems_of(*changed)), 1, value)


if __name__ == '__main__':
    unittest.main()
