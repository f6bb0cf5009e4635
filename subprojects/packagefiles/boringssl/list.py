"""Prints one source list of BoringSSL's generated android-sources.cmake, a path per line."""
import re
import sys

text = open('android-sources.cmake').read()
match = re.search(r'set\(%s\n(.*?)\)' % re.escape(sys.argv[1]), text, re.S)
print('\n'.join(re.findall(r'\$\{BORINGSSL_ROOT\}(\S+)', match.group(1))))
