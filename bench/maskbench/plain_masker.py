"""A plain masker to stand beside: regular expressions over the visible strings of an answer.

What a competent engineer would write in a day: good patterns, Luhn and mod 97, every string of a JSON document looked at by
itself, other bodies as one text. It knows nothing of copies, of values that a border cuts, and of keys.
"""
import json
import re

EMAIL = r"[A-Za-z0-9._%+'-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}"
OCTET = r'(?:25[0-5]|2[0-4]\d|1?\d?\d)'
PATTERNS = [(name, re.compile(pattern)) for name, pattern in (
    ('PRIVATE_KEY', r'-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----'),
    ('JWT', r'\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*'),
    ('AWS_KEY', r'\b(?:AKIA|ASIA)[A-Z0-9]{16}\b'),
    ('GCP_KEY', r'\bAIza[\w-]{35}\b'),
    ('GITHUB_TOKEN', r'\bgh[pousr]_[A-Za-z0-9]{36}\b'),
    ('SLACK_TOKEN', r'\bxox[abprs]-[\w-]{10,}'),
    ('STRIPE_KEY', r'\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}'),
    ('PASSWORD', r'(://[^\s:/@]+:)[^\s:/@]+(?=@)'),
    ('PASSWORD', r'(?i)(\b(?:password|passwd|pwd)\s*[=:]\s*)\S+'),
    ('EMAIL', EMAIL),
    ('IBAN', r'\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b'),
    ('MAC_ADDRESS', r'\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b'),
    ('IP_ADDRESS', r'\b(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\b'),
    ('IP_ADDRESS', rf'\b{OCTET}(?:\.{OCTET}){{3}}\b'),
    ('CREDIT_CARD', r'\b(?:\d[ -]?){12,18}\d\b'),
    ('US_SSN', r'\b(?!000|666|9\d\d)\d{3}[- ](?!00)\d\d[- ](?!0000)\d{4}\b'),
    ('UK_NINO', r'\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b'),
    ('DATE_OF_BIRTH', r'(?i)(\b(?:dob|born|birth)\W{1,4})\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}'),
    ('PHONE', r'(?<![\w.-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)[ .-]?|\d{2,4}[ .-])(?:\d{2,4}[ .-]){1,3}\d{2,4}\b'),
    ('PHONE', r'\+\d{1,3}[ .-]?\d{1,4}[ .-]?\d{4,9}\b'),
)]
MARKER = '[%s]'


def luhn(text):
    digits = [int(letter) for letter in text if letter.isdigit()][::-1]
    return 13 <= len(digits) <= 19 and sum(digit if at % 2 == 0 else digit * 2 - 9 * (digit > 4)
                                           for at, digit in enumerate(digits)) % 10 == 0


def iban(text):
    bare = text.replace(' ', '')
    return 15 <= len(bare) <= 34 and int(''.join(str(int(letter, 36)) for letter in bare[4:] + bare[:4])) % 97 == 1


CHECKS = {'CREDIT_CARD': luhn, 'IBAN': iban}


def mask_text(text):
    for name, pattern in PATTERNS:
        check = CHECKS.get(name, lambda _: True)
        keeps = '\\1' if pattern.groups else ''      # what stands before the value
        text = pattern.sub(lambda found: found.expand(keeps) + MARKER % name if check(found.group()) else found.group(), text)
    return text


def mask_value(value):
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, list):
        return [mask_value(each) for each in value]
    if isinstance(value, dict):
        return {key: mask_value(each) for key, each in value.items()}
    return value


def mask(body, content_type):
    """The body (bytes) after masking."""
    if 'json' in content_type and 'ndjson' not in content_type:
        escaped = b'\\u' in body
        return json.dumps(mask_value(json.loads(body)), ensure_ascii=escaped, separators=(',', ':')).encode()
    return mask_text(body.decode()).encode()
