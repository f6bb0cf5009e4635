"""What a file takes from the standard library it includes, itself or through our own headers: what one compiler's headers bring
along by accident another one's do not (GCC 14 does not build what GCC 12 does)."""
import os
import re

import tree

# header: (its names, other headers that promise or always bring them)
NAMES = {
    'algorithm': (r'std::(min|max|clamp|fill|fill_n|copy|copy_n|sort|stable_sort|reverse|rotate|equal|mismatch|search|unique|transform|'
                  r'find|find_if|any_of|all_of|none_of|count|count_if|lower_bound|upper_bound|equal_range|binary_search|is_sorted|'
                  r'partition_point|min_element|max_element|ranges::(?!equal_to|less|greater)\w+)(?=[(<{])', ()),
    'array': (r'std::array\b', ()),
    'atomic': (r'std::atomic\w*', ()),
    'bit': (r'std::(bit_cast|bit_ceil|bit_width|countl_zero|countr_zero|endian|has_single_bit|popcount|rotl|rotr)\b', ()),
    'cerrno': (r'\berrno\b', ('errno.h',)),
    'charconv': (r'std::(from_chars|to_chars)\b', ()),
    'chrono': (r'std::chrono\b', ()),
    'condition_variable': (r'std::condition_variable\b', ()),
    'cstdint': (r'\bu?int(8|16|32|64|ptr)_t\b', ('stdint.h', 'inttypes.h', 'cinttypes')),
    'cstdio': (r'std::(printf|fprintf|snprintf|fputs|fwrite|fflush|rename|remove)\(', ('stdio.h',)),
    'cstdlib': (r'std::(abort|exit|getenv|strtoul|strtoull)\b', ('stdlib.h',)),
    'cstring': (r'std::(mem(cpy|cmp|set|move|chr)|str(len|cmp|chr|error))\(', ('string.h',)),
    'deque': (r'std::deque\b', ()),
    'functional': (r'std::(function|reference_wrapper|ref|cref)\b', ()),
    'limits': (r'std::numeric_limits\b', ()),
    'map': (r'std::(multi)?map\b', ()),
    'memory': (r'std::(unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared)\b', ()),
    'mutex': (r'std::(mutex|lock_guard|unique_lock|scoped_lock)\b', ()),
    'numeric': (r'std::(accumulate|iota|gcd)\b', ()),
    'optional': (r'std::(optional|nullopt)\b', ()),
    'random': (r'std::(mt19937\w*|uniform_int_distribution)\b', ()),
    'set': (r'std::(multi)?set\b', ()),
    'span': (r'std::span\b', ()),
    'sstream': (r'std::[io]?stringstream\b', ()),
    'stdexcept': (r'std::(runtime_error|logic_error|invalid_argument|out_of_range)\b', ()),
    'string': (r'std::(string|to_string)\b(?!_view)', ()),
    'string_view': (r'std::string_view\b', ('string',)),
    'thread': (r'std::(thread|this_thread)\b', ()),
    'tuple': (r'std::(tuple|tie|make_tuple)\b', ()),
    'unordered_map': (r'std::unordered_map\b', ()),
    'unordered_set': (r'std::unordered_set\b', ()),
    'variant': (r'std::(variant|visit|get_if|holds_alternative)\b', ()),
    'vector': (r'std::vector\b', ()),
}
NAMES = {header: (re.compile(names), others) for header, (names, others) in NAMES.items()}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
PLACES = ('src', 'include', 'tests', 'tests/support', 'bench', 'tools')   # where "..." is looked for, after the file's own folder


def included(path, texts, known):
    """Every <header> that this file includes, also through its own "headers"."""
    if path not in known:
        known[path] = set()   # a circle ends here
        for sign, name in INCLUDE.findall(texts[path]):
            if sign == '<':
                known[path].add(name)
            for place in (os.path.dirname(path), *PLACES):
                inner = os.path.normpath(os.path.join(place, name))
                if inner in texts:
                    known[path] |= included(inner, texts, known)
                    break
    return known[path]


def missing(path, texts, known):
    """[(line, name, header)] that this file uses and does not include."""
    has = included(path, texts, known)
    text = '\n'.join('' if line.lstrip().startswith('#') else line for line in tree.bare(texts[path]).split('\n'))
    found = []
    for header, (names, others) in NAMES.items():
        match = names.search(text)
        if match and header not in has and not has & set(others):
            found.append((text.count('\n', 0, match.start()) + 1, match.group(0), header))
    return found


def check():
    texts = {path: tree.read(path) for path in tree.cpp_files(tree.FOLDERS)}
    known = {}
    problems = [f'{path}:{line}: {name} wants #include <{header}>' for path in texts for line, name, header in missing(path, texts, known)]
    return tree.report('includes', problems, len(texts))


if __name__ == '__main__':
    tree.run(check)
