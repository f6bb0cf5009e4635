"""The tests of assertions once more, with keys and signatures made now by openssl and xmlsec1: saml_fresh_test.py SAML_TEST"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../support'))
import saml_provider  # noqa: E402
import saml_samples  # noqa: E402

if not saml_provider.there():
    print('skipped: no xmlsec1 (tools/setup --tests)')
    sys.exit(77)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'samples.json')
    saml_samples.write(path)
    sys.exit(subprocess.run([sys.argv[1], path, '--gtest_brief=1']).returncode)
