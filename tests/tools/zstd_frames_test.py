"""Frames of Zstandard that tools/records.py takes off in Python alone, against content that is known by its digest."""
import base64
import hashlib
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools/lib'))
import zstd_frames  # noqa: E402

FRAMES = (   # what is in it, SHA-256 and length of the content, one frame
    ('one byte, many times', '6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee', 100000,
     'KLUv/QBYVQAAEGFhAQCbhjnAAg=='),
    ('one stream of literals', '936c4d3ca1e4a4c9f68571c4b1e854ae127780fddcd66e2ce3b86bd5a806421f', 300,
     'KLUv/QBoFQMABlIWCNClA5skAICvEwASABIAl1IFxtrgrGB+pYJoJmwkB0zYcI0ILAn66fiLCg119Zu1aJF4NBscIQyG7auuNJanME/3RasgAhfGARYlo/'
     'zVom2Mokm5F9wZAUABAO7LKSk='),
    ('sequences', '053fb34b2a5f0100d9256f6154ee66361f6c8a669c3a223045c2b21d5e808f16', 1749,
     'KLUv/QBoDQ4A0g8kDsDlAY201XuXRMrN6Z8zpRzE8S4QF9bIJRSHjVWFzB4rTOIYgHNmXDg+sOsI0v4Q820t2KOhfLn5a2VcGUzoH7+EuCsv4hNoiNbRy2'
     '6AIHYil8V0KlV6JgjMyclh2pWAWuRHcLKwxa4GSTSbrlIsFqhQs/JnaISL6Y29XF0byrf1UPrqeJKDBpvoVW9CjcsggL6oYQcFhcoqVZYDIERAjFKnHiBC'
     'wjIo1gFSQX08Ru5phVnHkEF5VPIoBYJ2q4AQ65vk66KYR2EiOW8nDBG2bdiizKTADIosfVI897sww6oINMwZeIKiyUvQ3rJvZwJ1MGH5Ugrm60SL6H8pAb'
     '9hbTZOk8kry5N5+Kis6PE6mdbKoNTyWVaZXIsx1yfiMrGzuko9+grHZaLhsfYXXyZO7qaihPaDySJNPSIM+4ukg3QBx70BUEQ2XZuWQduZGcuJ8FaSa7GP'
     '3xFqPKdGO766YNPggbMPqkTrPzwHu/iZ9EG2IPeauyIJKc0UoSWEKMLaVXe8INPnPW0I24Pj21kNkew55xfMIVDNtGwsjrskGghvlHz+qo9XN6O+nbm7Wh'
     'tlU0O/tXzOh0ZgqEfRrAI='),
    ('blocks that take tables again', 'bd1dbc2b534fc52ec18792684fc46e1ed7c721b67823b2689bda0514334905db', 237000,
     'KLUv/QBonAoAZuBFELCnDU0NDNjtiFrkTmlmcC5GAEQAOgAAQYzxBmGikPEIkjI0HpF+EOMVKoQMxhsdHYTxyChMYjyX4oPGc4VR2HgDByoA41XwYALjUb'
     '2AjVcmSKHxXABBGeOZihghvKIVBsB4JB1MjPcyBEOMV7AuxXhDlSAY45XREmU8oONAYbzygQA1XmtCoPGEKhwyXlEnUMarkg+MR0gIyXj1KggwXke2bdu2'
     'bdu2bdu2bdu227Zt27Zt27Zt27Zt27YnRRhWKaTQeESKjzEeg4IUYLwGBC4Yj7zMG8/FMFgLVVVVVVVVVUVEREREREREREREREREREREREQzMzMzMzMzMz'
     'MzMzMzMzMzMzPz/////////////////7cDgMyoIfSm/X8D4DUaAyIIIAgg2Pf//38HpokSqSeKJHuiiNQnCoo9USTqfD8UqAPQAGonp78NNO0qbAYAJhEZ'
     'BuBtsg/GuRoAGgASAJIkSVKSJEmSJEmSJEmSJEmSBAAAAAAAAACAu2/btm3btm3btm3btm3bJEmSJEmSJEmSJAXu7u7u7u7u7u7u7u7u7u7u7gb///////'
     '//////////////f4DMrBC4D7DzHE5e3Lg6WfLiYoZJdUVn5kBOxxGceoObbiM2tQY1nUZo0hnMdBmRqTGI6TACU1/w0l2MS21BS2cRlrqCla4iKjUFKR31'
     'EyUSIETgE0WAAAniIwoECBjQJwogQCiBCCwFACaZIQjQZwxEiExAxBkAHQAhAHd3d3d3p6qqqqqqqqqqqqqqqqqqqqqqqj8hhBBCCCGEEEIIIYQQQghhd3'
     'd3d3d3d3d3d3d3F1JKjDHGGGOMMcYYY4wxxhhjjDHGGGOMMQaEEEIIIYQQAnPOOeecc8455xwppZRSSimllFJKKaWUUkoppZRSSikDgMycEBA/APtgUk6L'
     'ST1JJvUkmdSTZFJPkklME/QEAEZZIQbgbb1n43AgACAAHgBSSimllFJKKaWUUkoppZRSSikVY4wxxhhjjDHGGGOMMRhjjDGec84555xzzjnnnHPOOeecc8'
     '4555xzzkkppZQy7u7u7u7u7u7u7mKMMcYYY4wxxhhjjDHGGGOMMcYB//////////////////////+7u7u7u7u7uweAzNwAexAm4eSZhP2S8vRMwskzCfUK'
     'FAUAJpkhCNBnDESITCCeGQAdACEAd3d3d3d3qqqqqqqqqqqqqqqqqqqqqqqq+iGEEEIIIYQQQgghhBBCCCHs7u7u7u7u7u7u7u4uUkqJMcYYY4wxxhhjjD'
     'HGGGOMMcYYY4wxxoAQQgghhBACc84555xzzjnnnCOllFJKKaWUUkoppZRSSimllFJKKQOAzNwAv2NSTotJPUkm9SSZ1JNkUk+SSUAS1AQARlkgCNAXDgWm'
     'LOAzJwAhABsA0zRN0zRN0zRN0zRN0zRN0zRN0zRN0zSSJEmSJEmSJEmSJEmSJEkBMcYYYwwIIYQQQgghhBBCCCGEEEIIIYQQQgghhNM0TdMUbdu2bdu2bd'
     'tijDHGGGOMMcYYY4wxxhhjjDEG////////////tm3btm0bgMzcALs0JuHkmYSTZxL2S8rTMwluChwFACbZIQjQZwxEiEzg4BoAHQAhAHd3d3d3d6eqqqqq'
     'qqqqqqqqqqqqqqqqqqoDIYQQQgghhBBCCCGEEEIIIYTd3d3d3d3d3d3d3V1SSikxxhhjjDHGGGOMMcYYY4wxxhhjjDHGGBBCCCGEEAJzzjnnnHPOOeecc6'
     'SUUkoppZRSSimllFJKKaWUUkopA4DM3AAHzaScFpN6kkzqSTKpJ8mkniSTaCLkBABGmR4J0LUYpZLQAHMFIQAbAB0AMzMzMzMzMzMzMzMzMzMzMxaLxWKx'
     'WCwWi8VisVgsFosFEEIIIYSgqqqqqqqqqqqqqqqqqqqqqqqqzMxMu7u7u7u7u7u7u7uDEEIIIYQQQgghhBBCCCGEEML///////////93d3d3d3d3A4DM2A'
     'ASuH7///+jA6Tu0UyiVJlEqTKJUmUS1SUVigHkEQDqT5gHCsA1B4TIlLr5v5RrAIEAYwCWZVmWZVmWZVmWRZIkSZIkSZIkSZIkSZIkSZIkSZIkSZIkSZIk'
     'SeM4juM4juM4juM4juM4juM4juM4juM4juM4jjPnnHPOOeecc84555xzzjnnnHPOOeec293d3d3d3d3d3d3d3d3d3d3dPeFwOBwOh8PhcDgcDofD4XA4HA'
     '6Hw+FwOIDBYDAYDAaDwWAwGAwGg8FgMBgMBoPBYDAYDAaDwWAwkGVZlmVZlmVZlmVZlmVZlmVZlmVZlmVZlmVZljiO4ziO4ziO4ziO4ziO4ziO4ziO4ziO'
     '4ziO47gsy7Isy7Isy7Isy7Isy7IsK9M0TdM8z/M8z/M8z/M8z/M8z/M8z/M8z/M8z/M8z/Psvffee++9995777333nvvvffee++99/7///////////////'
     '///////3d3d3d3d3d3d3d3d3d3d3d3dzccDofD4XA4HGBgYGBgYGBgYGBgYGBgYGBgQCaTyWQymUwmk8lkMplMJpPJZDKZTCaTyWQymUwmk8kkFovFYrFY'
     'LBaLxWKxWCwWi8VisVgsFovFYrFYLBaLxWJ1Xdd1Xdd1Xdd1Xdd1Xdd1Xdd1Xdd1Xdd1XddF0zRN0zRN0zRN0zRN0zRN0zRN0zRN0zQFgoioIiD8AfJn3x'
     'K4fv///yoOXMmkOyiTjC6pJMokb2gm1UGZdAdlkhuaSXNQJt1BmeQNzaQ6KJOGLqkkyqQ7KJO8oZmUk0eZxI4OPS3dM60FCHQDAAYUFgXwDZlTaxUAFQAV'
     'ADMzMzMzMzMzMzODiIiIiIiIiIiIAaqqqqqqqqqqqqqqqsrMzMzMzMzMBHd3d3d3d3d3d3d3d3d3qqqqqqqqAf//////////3d3d3QWAotwAQZtJcDKT5G'
     'QmYcuZRKkOPAQABtQbBuBtMmJAiBUAGQAaAO7u7u7u7u7u7u7u7u7u7u7urqqqAc5JKaWUUkoppZRSSimllFJKKaWUUkoppfZjjDGec84555xzzjnnnHPO'
     'Oeecc84555xzATnnnHPOwRhjjDHGGGOMMcYYY4wxxhhjjDECgKLcAORkEvKSAOZMgpOZJCczSW8P9AMABhQaB+A5sCkTYgYYABUAFQAzMzMzMzMQQgghhB'
     'BCCCGEEEIIIYQQQhiqqqqqqqqqqszMzMzMzMzMzMzMzAR3d3d3d3d3d3enqqqqqqqqqqqqqgExxhhjjDHGGGOMMcYYY+zu7u7u7u7u7gKAotwABcMkajWT'
     '4FQmyalMIncQfQMABhQWB+AtBpILggUVAA0AEwAzMzMzMzMzMzMzMzMziIiIiIiIiAH/////////z8zMzMxMVVVVVVVVVVVVVVVVVVVVVfX/B7u7u7u7u7'
     'u7u7u7u7u7u7u7u1NVBYCi3ABEykGZtIMyyQ3NpByUSaeC'),
)


class Frames(unittest.TestCase):
    def test_content(self):
        for what, digest, size, frame in FRAMES:
            with self.subTest(what):
                content = zstd_frames.decompress(base64.b64decode(frame), size)
                self.assertEqual((len(content), hashlib.sha256(content).hexdigest()), (size, digest))

    def test_more_than_was_said_is_refused(self):
        for what, _, size, frame in FRAMES:
            with self.subTest(what), self.assertRaises(zstd_frames.Damaged):
                zstd_frames.decompress(base64.b64decode(frame), size - 1)

    def test_every_cut_is_damage(self):
        for _, _, size, frame in FRAMES[:3]:
            whole = base64.b64decode(frame)
            for cut in range(len(whole)):
                with self.assertRaises(zstd_frames.Damaged):
                    zstd_frames.decompress(whole[:cut], size)

    def test_a_changed_frame_is_damage_or_content_within_bounds(self):
        rng, damaged = random.Random(1), 0
        for _ in range(500):
            _, _, size, frame = rng.choice(FRAMES[:3])
            changed = bytearray(base64.b64decode(frame))
            for _ in range(rng.randrange(1, 4)):
                changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
            try:
                self.assertLessEqual(len(zstd_frames.decompress(bytes(changed), size)), size)
            except zstd_frames.Damaged:
                damaged += 1
        self.assertGreater(damaged, 100)


if __name__ == '__main__':
    unittest.main()
