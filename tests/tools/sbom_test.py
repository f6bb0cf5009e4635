"""The bill of materials: its shape, and that it names what is linked. Usage: sbom_test.py SBOM GATEHOUSE"""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

SBOM, PROGRAM = sys.argv.pop(1), os.path.abspath(sys.argv.pop(1))


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'sbom.json')
            subprocess.run([sys.executable, SBOM, PROGRAM, path], check=True)
            with open(path, encoding='utf-8') as file:
                cls.bom = json.load(file)

    def test_shape(self):
        self.assertEqual((self.bom['bomFormat'], self.bom['specVersion'], self.bom['version']), ('CycloneDX', '1.5', 1))
        refs = [part['bom-ref'] for part in self.bom['components']]
        self.assertEqual(len(refs), len(set(refs)))
        self.assertEqual(self.bom['dependencies'], [{'ref': 'gatehouse', 'dependsOn': refs}])
        for part in self.bom['components']:
            self.assertEqual(part['type'], 'library')
            self.assertRegex(part['version'], r'\d')
            self.assertRegex(part.get('purl', 'pkg:deb/debian/a@1'), r'^pkg:deb/debian/[a-z0-9.+-]+@\S+$')

    def test_is_of_this_program(self):
        with open(PROGRAM, 'rb') as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        self.assertEqual(self.bom['metadata']['component']['hashes'], [{'alg': 'SHA-256', 'content': digest}])

    def test_names_everything_that_is_linked(self):
        versions = json.loads(subprocess.run([PROGRAM, 'version', '--json'], check=True, stdout=subprocess.PIPE).stdout)
        found = {part['name']: part['version'] for part in self.bom['components']}
        for library in versions['libraries']:
            self.assertEqual(found[library['name']], library['version'])
        needed = re.findall(r'\(NEEDED\).*\[(\S+)\.so', subprocess.run(['readelf', '-d', PROGRAM], check=True, stdout=subprocess.PIPE, text=True).stdout)
        built_in = {'libhs', 'libsimdjson', 'libmimalloc', 'libpcre2-8', 'libsqlite3', 'libicuuc', 'libicui18n', 'libicudata', 'libz', 'libbrotlidec', 'libbrotlienc',
                    'libzstd', 'libpg_query'}   # by their own names
        for name in set(needed) - built_in - {'ld-linux-x86-64'}:
            self.assertIn(name, found)
        shared = {part['name'] for part in self.bom['components'] if part.get('properties', [{}])[0].get('value') == 'shared'}
        self.assertNotIn('BoringSSL', shared)
        self.assertEqual('libhs' in needed, bool({'Hyperscan', 'Vectorscan'} & shared))


if __name__ == '__main__':
    unittest.main()
