"""Checksums, ciphers and signatures of records in Python alone, slowly, for tools/records.py: CRC32C, AES-256-GCM, X25519, HPKE, Ed25519.
What it takes to read, and nothing that makes any."""
import hashlib
import hmac
import struct

CRC = list(range(256))
for _ in range(8):
    CRC = [each >> 1 ^ (0x82F63B78 if each & 1 else 0) for each in CRC]


def crc32c(data):
    crc, table = 0xFFFFFFFF, CRC
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def aes_tables():
    sbox, power, inverse, value = [0] * 256, [0] * 256, [0] * 256, 1
    for i in range(256):   # powers of 3 generate the field
        power[i], inverse[value] = value, i
        value = (value ^ value << 1 ^ (0x11B if value & 0x80 else 0)) & 255
    for i in range(256):
        x = power[255 - inverse[i]] if i > 1 else i
        sbox[i] = (x ^ (x << 1 | x >> 7) ^ (x << 2 | x >> 6) ^ (x << 3 | x >> 5) ^ (x << 4 | x >> 4)) & 255 ^ 0x63
    doubles = [s << 1 ^ (0x11B if s & 0x80 else 0) for s in sbox]
    columns = [double << 24 | s << 16 | s << 8 | (double ^ s) for s, double in zip(sbox, doubles)]
    rotated = [[c >> 8 * r | (c << 32 - 8 * r) & 0xFFFFFFFF for c in columns] for r in range(4)]
    return sbox, rotated


SBOX, (T0, T1, T2, T3) = aes_tables()


class Gcm:
    """AES-256-GCM (FIPS 197, SP 800-38D): opening alone."""

    def __init__(self, key):
        words = list(struct.unpack('>8I', key))
        for i in range(8, 60):
            word = words[i - 1]
            if i % 8 == 0:
                word = (word << 8 | word >> 24) & 0xFFFFFFFF
            if i % 8 in (0, 4):
                word = SBOX[word >> 24] << 24 | SBOX[word >> 16 & 255] << 16 | SBOX[word >> 8 & 255] << 8 | SBOX[word & 255]
            if i % 8 == 0:
                word ^= 1 << 23 + i // 8
            words.append(words[i - 8] ^ word)
        self.words = words
        h = int.from_bytes(self.block(bytes(16)), 'big')
        powers = []
        for _ in range(128):   # h * x^i; the first bit is the highest
            powers.append(h)
            h = h >> 1 ^ (0xE1 << 120 if h & 1 else 0)
        self.table = [[0] * 256 for _ in range(16)]
        for bit, power in enumerate(powers):
            for value in range(256):
                if value >> 7 - bit % 8 & 1:
                    self.table[bit // 8][value] ^= power

    def block(self, data):
        k = self.words
        a, b, c, d = (w ^ k[i] for i, w in enumerate(struct.unpack('>4I', data)))
        for i in range(4, 56, 4):
            a, b, c, d = (T0[a >> 24] ^ T1[b >> 16 & 255] ^ T2[c >> 8 & 255] ^ T3[d & 255] ^ k[i],
                          T0[b >> 24] ^ T1[c >> 16 & 255] ^ T2[d >> 8 & 255] ^ T3[a & 255] ^ k[i + 1],
                          T0[c >> 24] ^ T1[d >> 16 & 255] ^ T2[a >> 8 & 255] ^ T3[b & 255] ^ k[i + 2],
                          T0[d >> 24] ^ T1[a >> 16 & 255] ^ T2[b >> 8 & 255] ^ T3[c & 255] ^ k[i + 3])
        out = []
        for n, (p, q, r, s) in enumerate(((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c))):
            out.append((SBOX[p >> 24] << 24 | SBOX[q >> 16 & 255] << 16 | SBOX[r >> 8 & 255] << 8 | SBOX[s & 255]) ^ k[56 + n])
        return struct.pack('>4I', *out)

    def hashed(self, associated, text):
        y = 0
        for part in (associated, text, struct.pack('>QQ', len(associated) * 8, len(text) * 8)):
            for at in range(0, len(part), 16):
                block = (y ^ int.from_bytes(part[at:at + 16].ljust(16, b'\0'), 'big')).to_bytes(16, 'big')
                y = 0
                for row, byte in zip(self.table, block):
                    y ^= row[byte]
        return y.to_bytes(16, 'big')

    def open(self, nonce, associated, text, tag):
        """The plaintext, or None where the tag does not fit."""
        mask = self.block(nonce + b'\0\0\0\1')
        if not hmac.compare_digest(bytes(x ^ y for x, y in zip(self.hashed(associated, text), mask)), tag):
            return None
        stream = b''.join(self.block(nonce + struct.pack('>I', 2 + i)) for i in range((len(text) + 15) // 16))
        return (int.from_bytes(text, 'big') ^ int.from_bytes(stream[:len(text)], 'big')).to_bytes(len(text), 'big')


def x25519(secret, point):
    """RFC 7748."""
    prime = 2 ** 255 - 19
    k = int.from_bytes(secret, 'little') & (1 << 254) - 8 | 1 << 254
    u = int.from_bytes(point, 'little') & (1 << 255) - 1
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for bit in range(254, -1, -1):
        if swap ^ (k >> bit & 1):
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = k >> bit & 1
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % prime, b * b % prime, d * a % prime, c * b % prime
        e = aa - bb
        x3, z3, x2, z2 = (da + cb) ** 2 % prime, u * (da - cb) ** 2 % prime, aa * bb % prime, e * (aa + 121665 * e) % prime
    x2, z2 = (x3, z3) if swap else (x2, z2)
    return (x2 * pow(z2, prime - 2, prime) % prime).to_bytes(32, 'little')


def ed25519_fits(public, message, signature):
    """RFC 8032, section 5.1.7."""
    prime, order = 2 ** 255 - 19, 2 ** 252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, prime - 2, prime) % prime

    def point(raw):
        y, odd = int.from_bytes(raw, 'little') & (1 << 255) - 1, raw[31] >> 7
        square = (y * y - 1) * pow(d * y * y + 1, prime - 2, prime) % prime
        x = pow(square, (prime + 3) // 8, prime)
        if (x * x - square) % prime:
            x = x * pow(2, (prime - 1) // 4, prime) % prime
        if y >= prime or (x * x - square) % prime or (x == 0 and odd):
            return None
        x = prime - x if x & 1 != odd else x
        return x, y, 1, x * y % prime

    def add(p, q):   # extended coordinates, section 5.1.4
        a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
        c, e = 2 * p[3] * q[3] * d, 2 * p[2] * q[2]
        e, f, g, h = b - a, e - c, e + c, b + a
        return e * f % prime, g * h % prime, f * g % prime, e * h % prime

    def times(factor, p):
        out = (0, 1, 1, 0)
        for bit in bin(factor)[2:]:
            out = add(add(out, out), p if bit == '1' else (0, 1, 1, 0))
        return out

    base, key, left = point((4 * pow(5, prime - 2, prime) % prime).to_bytes(32, 'little')), point(public), point(signature[:32])
    factor = int.from_bytes(signature[32:], 'little')
    if key is None or left is None or factor >= order:
        return False
    asked = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), 'little') % order
    p, q = times(factor, base), add(left, times(asked, key))
    return all((p[i] * q[2] - q[i] * p[2]) % prime == 0 for i in (0, 1))


def expand(key, info, length):
    out = block = b''
    for count in range(1, length // 32 + 2):
        block = hmac.new(key, block + info + bytes([count]), 'sha256').digest()
        out += block
    return out[:length]


def hpke_open(secret, wrapped, info, associated):
    """RFC 9180 base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; `wrapped` is enc and ciphertext."""
    kem, suite = b'KEM\0\x20', b'HPKE\0\x20\0\x01\0\x02'

    def extract(of, salt, label, key):
        return hmac.new(salt or bytes(32), b'HPKE-v1' + of + label + key, 'sha256').digest()

    def labelled(of, key, label, what, length):
        return expand(key, struct.pack('>H', length) + b'HPKE-v1' + of + label + what, length)

    enc, text = wrapped[:32], wrapped[32:]
    public = x25519(secret, (9).to_bytes(32, 'little'))
    shared = labelled(kem, extract(kem, b'', b'eae_prk', x25519(secret, enc)), b'shared_secret', enc + public, 32)
    schedule = b'\0' + extract(suite, b'', b'psk_id_hash', b'') + extract(suite, b'', b'info_hash', info)
    prk = extract(suite, shared, b'secret', b'')
    key, nonce = labelled(suite, prk, b'key', schedule, 32), labelled(suite, prk, b'base_nonce', schedule, 12)
    return Gcm(key).open(nonce, associated, text[:-16], text[-16:])
