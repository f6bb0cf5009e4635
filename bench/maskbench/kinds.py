"""Invented values of each kind in the spellings that people and programs use, and look-alikes. Made from public format rules
(ISO 7812 and Luhn, ISO 13616, E.164, SSA's and HMRC's numbers, RFC 4291, RFC 7519, vendors' key formats) by a seeded generator.

`value(random, kind)` returns (words before, value, words after): some kinds need words around them to be what they are.
"""
import base64
import hashlib
import json
import string

ALNUM = string.ascii_letters + string.digits
B64 = ALNUM + '+/'
B64_URL = ALNUM + '-_'
HEX = '0123456789abcdef'
PASSPORT = '0123456789CFGHJKLMNPRTVWXYZ'
SPACES = [' ', ' ', ' ', '\u00a0', '\u202f']
FIRST = 'ada jonas mireille tomek ines oluwaseun priya lars chiara yusuf agnieszka hugo zeynep noor piotr elif'.split()
LAST = 'okafor lindqvist moreau silva kaminski tanaka oconnor weber rossi haddad novak dahl marchetti fontaine'.split()
HOSTS = ('example.com example.org example.net mail.example.com post.example-bank.co.uk corp.example.io firma-beispiel.de exemple.fr '
         'uni.example.edu a-b.example.museum x.example.travel').split()


def digits(random, count):
    return ''.join(random.choice(string.digits) for _ in range(count))


def letters(random, count, alphabet=ALNUM):
    return ''.join(random.choice(alphabet) for _ in range(count))


def dotted(random, *limits):
    return '.'.join(str(random.randint(0, limit)) for limit in limits)


def luhn_digit(text):
    """The digit that makes Luhn's sum hold."""
    total = sum(int(letter) if at % 2 else sum(divmod(2 * int(letter), 10)) for at, letter in enumerate(reversed(text)))
    return str(-total % 10)


def grouped(text, sizes, separator):
    out, at = [], 0
    for size in sizes:
        out.append(text[at:at + size])
        at += size
    return separator.join(out + ([text[at:]] if at < len(text) else []))


# --- kinds that are found by themselves -------------------------------------------------------------------------

def email(random):
    first, last, host = random.choice(FIRST), random.choice(LAST), random.choice(HOSTS)
    return random.choice([f'{first}.{last}@{host}', f'{first}@{host}', f'{first[0]}{last}{digits(random, 2)}@{host}',
                          f'{first}_{last}+news@{host}',
                          f'{first.title()}.{last.title()}@{host}', f'{first}-{last}@{host.upper()}', f"{first}.o'{last}@{host}",
                          f'{first}{digits(random, 4)}@{random.choice(LAST)}-{random.choice(LAST)}.example.org'])


CARDS = [('4', 16), ('4', 16), ('4', 19), ('51', 16), ('55', 16), ('2221', 16), ('2720', 16), ('34', 15), ('37', 15), ('6011', 16),
         ('65', 16), ('644', 16),
         ('3528', 16), ('3589', 16), ('36', 14), ('38', 14)]


def card_digits(random):
    prefix, length = random.choice(CARDS)
    text = prefix + digits(random, length - len(prefix) - 1)
    return text + luhn_digit(text)


def payment_card(random):
    text = card_digits(random)
    sizes = {15: (4, 6, 5), 14: (4, 6, 4), 19: (4, 4, 4, 4, 3)}.get(len(text), (4, 4, 4, 4))
    return grouped(text, sizes, random.choice(['', '', '-', '.'] + SPACES))


IBANS = {'DE': 'n18', 'FR': 'n10a11n2', 'GB': 'l4n14', 'NL': 'l4n10', 'ES': 'n20', 'IT': 'l1n10a12', 'BE': 'n12', 'CH': 'n5a12',
         'AT': 'n16', 'PL': 'n24',
         'SE': 'n20', 'PT': 'n21', 'NO': 'n11', 'DK': 'n14', 'FI': 'n14', 'IE': 'l4n14', 'LU': 'n3a13', 'CZ': 'n20', 'LT': 'n16',
         'TR': 'n6a16', 'SA': 'n2a18'}


def iban_text(random, wrong=0):
    country, rule = random.choice(sorted(IBANS.items()))
    alphabets = {'n': string.digits, 'l': string.ascii_uppercase, 'a': string.ascii_uppercase + string.digits}
    body, at = '', 0
    while at < len(rule):
        end = at + 1
        while end < len(rule) and rule[end].isdigit():
            end += 1
        body += letters(random, int(rule[at + 1:end]), alphabets[rule[at]])
        at = end
    check = 98 - int(''.join(str(int(letter, 36)) for letter in body + country + '00')) % 97
    return f'{country}{(check + wrong - 2) % 97 + 2:02}{body}'


def iban(random):
    text = iban_text(random)
    return random.choice([text, grouped(text, [4] * (len(text) // 4), random.choice(SPACES)),
                          grouped(text, [4] * (len(text) // 4), '-')])


def us_phone(random):
    area = random.choice('23456789') + random.choice('0234567') + digits(random, 1)
    office = random.choice('23456789') + digits(random, 1) + '2'
    line = digits(random, 4)
    space = random.choice(SPACES)
    return random.choice([f'({area}){space}{office}-{line}', f'{area}-{office}-{line}', f'{area}.{office}.{line}',
                          f'+1{space}{area}{space}{office}{space}{line}',
                          f'+1-{area}-{office}-{line}', f'+1 ({area}) {office}-{line}', f'1-{area}-{office}-{line}',
                          f'+1{area}{office}{line}', f'({area}) {office} {line}'])


def phone(random):
    return random.choice([us_phone, us_phone, lambda r: f'+44 20 7{digits(r, 3)} {digits(r, 4)}',
                          lambda r: f'+44 (0)20 7{digits(r, 3)} {digits(r, 4)}',
                          lambda r: f'+44 7{digits(r, 3)} {digits(r, 6)}', lambda r: f'+49 (0)171 {digits(r, 7)}',
                          lambda r: f'+49-89-{digits(r, 7)}',
                          lambda r: f'+49 30 {digits(r, 8)}', lambda r: '+33 (0)6 ' + grouped(digits(r, 8), [2] * 4, ' '),
                          lambda r: '+33 6 ' + grouped(digits(r, 8), [2] * 4, '\u00a0'),
                          lambda r: f'+34 6{digits(r, 2)} {digits(r, 3)} {digits(r, 3)}',
                          lambda r: f'+39 347 {digits(r, 3)} {digits(r, 4)}',
                          lambda r: f'+31 6 {digits(r, 8)}', lambda r: f'+41 44 {digits(r, 3)} {digits(r, 2)} {digits(r, 2)}',
                          lambda r: f'+91 98{digits(r, 3)} {digits(r, 5)}',
                          lambda r: f'+81 90-{digits(r, 4)}-{digits(r, 4)}', lambda r: f'+55 11 9{digits(r, 4)}-{digits(r, 4)}',
                          lambda r: f'+61 4{digits(r, 2)} {digits(r, 3)} {digits(r, 3)}',
                          lambda r: f'+48 {digits(r, 3)} {digits(r, 3)} {digits(r, 3)}', lambda r: '+4670' + digits(r, 7)])(random)


def national_phone(random):
    return random.choice([('Tel. ', f'020 7{digits(random, 3)} {digits(random, 4)}'),
                          ('mobile: ', f'07{digits(random, 3)} {digits(random, 6)}'),
                          ('Telefon: ', f'030 {digits(random, 7)}'), ('Tel.: ', f'0171/{digits(random, 7)}'),
                          ('call ', f'0171 {digits(random, 7)}'),
                          ('tél. ', '06 ' + grouped(digits(random, 8), [2] * 4, ' ')),
                          ('téléphone : ', '01.' + grouped(digits(random, 8), [2] * 4, '.')),
                          ('phone ', f'04{digits(random, 2)} {digits(random, 3)} {digits(random, 3)}')])


def us_ssn(random):
    area = random.choice([area for area in range(1, 900) if area != 666])
    separator = random.choice(['-', '-', ' ', '\u2011', '\u2013', '\u00a0'])
    return separator.join((f'{area:03}', f'{random.randint(1, 99):02}', f'{random.randint(1, 9999):04}'))


def us_ssn_digits(random):
    return ''.join(letter for letter in us_ssn(random) if letter.isdigit())


def us_itin(random):
    group = random.choice([*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)])
    return f'9{digits(random, 2)}-{group}-{digits(random, 4)}'


def uk_nino(random):
    text = random.choice(['AB', 'CE', 'JG', 'PW', 'SR', 'EK', 'HL', 'MA', 'XY', 'ZR']) + digits(random, 6) + random.choice('ABCD')
    return random.choice([text, grouped(text, (2, 2, 2, 2), ' '), grouped(text, (2, 2, 2, 2), '-'), grouped(text, (2, 6), ' ')])


def nhs_digits(random):
    while True:
        text = random.choice('4679') + digits(random, 8)
        check = 11 - sum((10 - at) * int(letter) for at, letter in enumerate(text)) % 11
        if check != 10:
            return text + str(check % 11)


def ipv4(random):
    return '.'.join(str(part) for part in (random.choice([23, 45, 81, 104, 151, 172, 185, 192, 203]), random.randint(0, 255),
                                           random.randint(0, 255), random.randint(1, 254)))


def ipv6(random):
    group = lambda: f'{random.randint(1, 65535):x}'
    full = [random.choice(['2001', '2a02', '2600', 'fd12', 'fe80'])] + [group() for _ in range(7)]
    return random.choice([':'.join(full), ':'.join(part.zfill(4) for part in full), ':'.join(full).upper(),
                          ':'.join(full[:4]) + '::' + full[7],
                          full[0] + ':' + full[1] + '::' + full[2], ':'.join(full[:2]) + '::' + ':'.join(full[5:])])


def mac_address(random):
    pairs = [f'{random.randint(0, 255):02x}' for _ in range(6)]
    return random.choice([':'.join(pairs), ':'.join(pairs).upper(), '-'.join(pairs), '-'.join(pairs).upper(),
                          grouped(''.join(pairs), (4, 4, 4), '.')])


def base64_url(value):
    return base64.urlsafe_b64encode(json.dumps(value, separators=(',', ':')).encode()).decode().rstrip('=')


def jwt(random):
    algorithm = random.choice(['HS256', 'ES256', 'RS256', 'EdDSA'])
    return '.'.join((base64_url({'alg': algorithm, 'typ': 'JWT'}),
                     base64_url({'sub': letters(random, 12), 'exp': random.randint(10**9, 2 * 10**9)}),
                     letters(random, random.choice([43, 86]), B64_URL)))


def aws_key(random):
    return random.choice(['AKIA', 'AKIA', 'ASIA']) + letters(random, 16, string.ascii_uppercase + '234567')


def github_token(random):
    return random.choice(['ghp_' + letters(random, 36), 'gho_' + letters(random, 36), 'ghs_' + letters(random, 36),
                          'github_pat_' + letters(random, 22) + '_' + letters(random, 59)])


def slack_token(random):
    return random.choice([f'xoxb-{digits(random, 12)}-{digits(random, 12)}-{letters(random, 24)}',
                          f'xoxp-{digits(random, 11)}-{digits(random, 12)}-{digits(random, 12)}-{letters(random, 32, HEX)}'])


def private_key(random):
    name = random.choice(['RSA PRIVATE KEY', 'EC PRIVATE KEY', 'PRIVATE KEY', 'OPENSSH PRIVATE KEY'])
    lines = [letters(random, 64, B64) for _ in range(random.choice([3, 12, 25]))] + [letters(random, 30, B64) + '==']
    return f'-----BEGIN {name}-----\n' + '\n'.join(lines) + f'\n-----END {name}-----'


def spelled_date(random):
    year, month, day = random.randint(1935, 2005), random.randint(1, 12), random.randint(1, 28)
    names = 'January February March April May June July August September October November December'.split()
    return random.choice([f'{year}-{month:02}-{day:02}', f'{month:02}/{day:02}/{year}', f'{day:02}.{month:02}.{year}',
                          f'{day} {names[month - 1]} {year}',
                          f'{names[month - 1]} {day}, {year}', f'{day:02}-{month:02}-{year}', f'{day:02}/{month:02}/{year}',
                          f'{day} {names[month - 1][:3]} {year}'])


def password(random):
    secret = letters(random, 6) + random.choice('!$%_-') + letters(random, random.randint(5, 9))
    return random.choice([('postgres://etl:', secret.replace('%', '_'), '@db-1.internal:5432/rag'),
                          ('redis://:', letters(random, 16), '@cache:6379/0'),
                          ('https://bot:', letters(random, 12), '@git.example.org/x.git'),
                          ('password: ', secret, '\n'), ('DB_PASSWORD=', secret, '\n'), ('"password": "', letters(random, 14), '"'),
                          ('spring.datasource.password=', secret, '\n'),
                          ('amqp://svc:', letters(random, 20), '@mq.internal/%2f'), ("passwd = '", letters(random, 11), "'")])


PLAIN = {'email': email, 'payment_card': payment_card, 'iban': iban, 'phone': phone, 'us_ssn': us_ssn,
         'uk_nino': uk_nino, 'ipv4': ipv4, 'ipv6': ipv6,
         'mac_address': mac_address, 'jwt': jwt, 'aws_key': aws_key, 'github_token': github_token, 'slack_token': slack_token,
         'private_key': private_key,
         'gcp_key': lambda random: 'AIza' + letters(random, 35, B64_URL),
         'stripe_key': lambda random: random.choice(['sk_live_', 'rk_live_',
                                                     'sk_test_']) + letters(random, random.choice([24, 24, 99]))}
WITH_WORDS = {
    'phone': national_phone, 'password': password,
    'us_ssn': lambda random: (random.choice(['SSN: ', 'SSN ', 'social security number ']),
                              us_ssn(random).translate({letter: None for letter in map(ord, '- \u2011\u2013\u00a0')})),
    'us_itin': lambda random: (random.choice(['ITIN ', 'ITIN: ', 'taxpayer identification number ']), us_itin(random)),
    'uk_nhs': lambda random: (random.choice(['NHS number ', 'NHS No: ', 'NHS no. ']),
                              random.choice([str, lambda text: grouped(text, (3, 3, 4), ' '),
                                             lambda text: grouped(text, (3, 3, 4), '-')])(nhs_digits(random))),
    'date_of_birth': lambda random: (random.choice(['born on ', 'DOB: ', 'Date of birth: ', 'date of birth ', 'geboren am ',
                                                    'née le ', 'D.O.B. ', 'birthday: ', 'Geburtsdatum: ']), spelled_date(random)),
    'passport': lambda random: (random.choice(['Passport No. ', 'passport number: ', 'passport ', 'Reisepass Nr. ']),
                                 random.choice([digits(random, 9), random.choice('CFGHJK') + letters(random, 8, PASSPORT),
                                                letters(random, 2, string.ascii_uppercase) + digits(random, 7)])),
    'aws_key': lambda random: (random.choice(['aws_secret_access_key = ', 'AWS_SECRET_ACCESS_KEY=', 'secretAccessKey: ']),
                               letters(random, 38, B64) + '1Z'),
    'slack_token': lambda random: ('https://hooks.slack.com/services/', f'T{letters(random, 8, ALNUM.upper())}/'
                                   f'B{letters(random, 10, ALNUM.upper())}/{letters(random, 24)}'),
    'azure_key': lambda random: (random.choice(['DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=', 'AccountKey=']),
                                 letters(random, 86, B64) + '=='),
}
KINDS = sorted({*PLAIN, *WITH_WORDS})


def value(random, kind):
    """(words before, the value, words after)."""
    makers = [maker for table in (PLAIN, WITH_WORDS) if (maker := table.get(kind))]
    made = random.choice(makers)(random)
    return ('', made, '') if isinstance(made, str) else (*made, '') if len(made) == 2 else made


# --- look-alikes ---------------------------------------------------------------------------------------------------

def wrong_luhn(random):
    text = card_digits(random)
    text = text[:-1] + str((int(text[-1]) + random.randint(1, 9)) % 10)
    return grouped(text, (4, 4, 4, 4), random.choice(['', ' ', '-'])) if len(text) == 16 else text


def never_ssn(random):
    return random.choice([f'000-{random.randint(1, 99):02}-{digits(random, 4)}',
                          f'666-{random.randint(1, 99):02}-{digits(random, 4)}',
                          f'{random.randint(100, 599)}-00-{digits(random, 4)}',
                          f'{random.randint(100, 599)}-{random.randint(10, 99)}-0000',
                          f'9{digits(random, 2)}-{random.randint(10, 40)}-{digits(random, 4)}'])


ALIKE = {
    'luhn': wrong_luhn, 'ssn': never_ssn, 'iban': lambda random: iban_text(random, random.randint(1, 90)),
    'uuid': lambda random: grouped(letters(random, 32, '0123456789abcdef'), (8, 4, 4, 4, 12), '-'),
    'digest': lambda random: hashlib.sha256(digits(random, 9).encode()).hexdigest()[:random.choice([40, 64])],
    'fingerprint': lambda random: ':'.join(f'{random.randint(0, 255):02X}' for _ in range(20)),
    'version': lambda random: random.choice([f'v{dotted(random, 9, 40)}.{random.randint(256, 900)}.{random.randint(0, 90)}',
                                             dotted(random, 9, 20, 20), f'{dotted(random, 30, 9, 9)}-rc{random.randint(1, 9)}']),
    'package': lambda random: f'@{random.choice(LAST)}/{random.choice(FIRST)}@{dotted(random, 9, 20, 9)}',
    'at_host': lambda random: f'{random.choice(FIRST)}@{random.choice(["localhost", "db", "build-7"])}',
    'handle': lambda random: '@' + random.choice(LAST),
    'time': lambda random: random.choice([f'{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}',
                                           f'2024-{random.randint(1, 12):02}-{random.randint(1, 28):02}T'
                                           f'{random.randint(10, 23)}:{random.randint(10, 59)}:07.{digits(random, 3)}Z']),
    'date': lambda random: random.choice([f'released on 2021-{random.randint(1, 12):02}-{random.randint(1, 28):02}',
                                          f'invoice date {random.randint(1, 12):02}/{random.randint(1, 28):02}/2023',
                                          f'as of {random.randint(1, 28):02}.{random.randint(1, 12):02}.2020']),
    'decimal': lambda random: random.choice([f'0.{digits(random, 9)}', f'-0.{digits(random, 17)}',
                                             f'{random.randint(1, 99)}.{digits(random, 6)}',
                                             f'{random.randint(1, 9)},{digits(random, 3)},{digits(random, 3)}.{digits(random, 2)}']),
    'order': lambda random: random.choice([f'ORD-{digits(random, 4)}-{digits(random, 6)}', f'INV{digits(random, 9)}',
                                           f'#{digits(random, 8)}',
                                           f'{digits(random, 3)}-{digits(random, 2)}-{digits(random, 2)}QX']),
    'epoch': lambda random: random.choice([f'17{digits(random, 8)}', f'17{digits(random, 11)}']),
    'years': lambda random: f'{random.randint(1980, 1999)}-{random.randint(2000, 2024)}',
    'scope': lambda random: random.choice(['std::vector', 'a::b::c', 'absl::flat_hash_map', 'java.lang.String',
                                           'net.ipv4.ip_forward']),
    'words': lambda random: random.choice(['password reset link', 'Passwords expire after 90 days', 'the secret ballot',
                                           'token count: 128', 'born digital', 'passport control', 'phone book']),
}
