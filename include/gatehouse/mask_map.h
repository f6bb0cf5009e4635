/* The mask map, version 2: what masks changed in one body, or in one slice of a body that passed in slices, so that
 * an auditor can see each change and undo all of them. It is the mask_map section of an outcome record, or of
 * the record of a slice (gatehouse/record_format.h); the masked bytes themselves are stored in the record's pieces.
 * Of a body in slices each slice has a map of its own, whose lengths and offsets are the slice's: what undo gives of each,
 * one after the other, is the original body. C-compatible.
 *
 * A number is LEB128: seven bits a byte, least significant first, the high bit set on all but the last byte,
 * at most five bytes, below 2^32. A text is a number n, then n bytes.
 *
 *   map     = magic (4 bytes "GMM2"; "GMM1": version 1)
 *             number   length of the original body
 *             number   length of the masked body
 *             number   count of names; then so many texts: names of masks, each at most NAME_MAX bytes
 *             number   count of changes; then so many changes
 *             nothing may follow
 *   change  = number   gap: bytes between the end of the previous change and this one (the same in both bodies;
 *                      the first counts from 0). Changes are in order and do not overlap.
 *             text     original: the raw bytes that stood in the original body at this place
 *             text     replacement: the raw bytes that stand in the masked body instead
 *             number   which of the names
 *             byte     detector: see below
 *             byte     method: see below
 *             byte     evidence: see below; not there in version 1
 *             number   shared: so many bytes of the previous change's place begin this place, too
 *             text     the rest of the place: together at most PLACE_MAX bytes
 *
 * A place is a JSON pointer (RFC 6901) of the value, or of the member whose key was changed; in other forms it says where the
 * value or its document stands, numbers from 0: "line 3 /text", "row 4 email", "event 2 /delta/content", "part 1 /0/text". A longer
 * one is cut on a character border and ends in U+2026. Offsets of a change follow from the gaps:
 *   original offset = sum of the gaps up to it + sum of the original lengths before it
 *   masked offset   = sum of the gaps up to it + sum of the replacement lengths before it
 * Undo: copy the gaps from the masked body, write originals for replacements.
 *
 * Notes are the same without originals (mask_notes, where a rule keeps records as "masked"): magic "GMN1", and in each change in
 * place of the text `original` a number, its length, then NOTE_DIGEST_BYTES bytes: the beginning of HMAC-SHA-256(key, original)
 * under the key of records.digest_key_file. */
#ifndef GATEHOUSE_MASK_MAP_H
#define GATEHOUSE_MASK_MAP_H

#define GATEHOUSE_MASK_MAP_MAGIC "GMM2"
#define GATEHOUSE_MASK_MAP_MAGIC_1 "GMM1"
#define GATEHOUSE_MASK_NOTES_MAGIC "GMN1"
#define GATEHOUSE_MASK_NOTE_DIGEST_BYTES 16
#define GATEHOUSE_MASK_MAP_MAGIC_BYTES 4
#define GATEHOUSE_MASK_MAP_NAMES_MAX 64
#define GATEHOUSE_MASK_MAP_NAME_MAX 128
#define GATEHOUSE_MASK_MAP_PLACE_MAX 512

/* What found the value. Codes never change. */
#define GATEHOUSE_MASK_DETECTOR_FIELD 0        /* its place is configured */
#define GATEHOUSE_MASK_DETECTOR_EMAIL 1
#define GATEHOUSE_MASK_DETECTOR_US_SSN 2
#define GATEHOUSE_MASK_DETECTOR_PAYMENT_CARD 3
#define GATEHOUSE_MASK_DETECTOR_PHONE 4
#define GATEHOUSE_MASK_DETECTOR_IBAN 5
#define GATEHOUSE_MASK_DETECTOR_US_ITIN 6
#define GATEHOUSE_MASK_DETECTOR_UK_NINO 7
#define GATEHOUSE_MASK_DETECTOR_UK_NHS 8
#define GATEHOUSE_MASK_DETECTOR_DATE_OF_BIRTH 9
#define GATEHOUSE_MASK_DETECTOR_PASSPORT 10
#define GATEHOUSE_MASK_DETECTOR_IPV4 11
#define GATEHOUSE_MASK_DETECTOR_IPV6 12
#define GATEHOUSE_MASK_DETECTOR_MAC_ADDRESS 13
#define GATEHOUSE_MASK_DETECTOR_JWT 14
#define GATEHOUSE_MASK_DETECTOR_AWS_KEY 15
#define GATEHOUSE_MASK_DETECTOR_GCP_KEY 16
#define GATEHOUSE_MASK_DETECTOR_AZURE_KEY 17
#define GATEHOUSE_MASK_DETECTOR_GITHUB_TOKEN 18
#define GATEHOUSE_MASK_DETECTOR_SLACK_TOKEN 19
#define GATEHOUSE_MASK_DETECTOR_STRIPE_KEY 20
#define GATEHOUSE_MASK_DETECTOR_PRIVATE_KEY 21
#define GATEHOUSE_MASK_DETECTOR_PASSWORD 22
#define GATEHOUSE_MASK_DETECTOR_COPY 23        /* an encoded copy or an image, which was masked inside, or taken out */
#define GATEHOUSE_MASK_DETECTOR_CUSTOM 24      /* a configured pattern or word */

/* What was done with it. */
#define GATEHOUSE_MASK_METHOD_REDACT 1
#define GATEHOUSE_MASK_METHOD_PARTIAL 2
#define GATEHOUSE_MASK_METHOD_HASH 3
#define GATEHOUSE_MASK_METHOD_DROP 4
#define GATEHOUSE_MASK_METHOD_NULL 5
#define GATEHOUSE_MASK_METHOD_REPLACE 6

/* What made it sure. */
#define GATEHOUSE_MASK_EVIDENCE_NONE 0         /* its place alone */
#define GATEHOUSE_MASK_EVIDENCE_PATTERN 1      /* it looks like one */
#define GATEHOUSE_MASK_EVIDENCE_STRUCTURE 2    /* its parts are what they must be */
#define GATEHOUSE_MASK_EVIDENCE_CHECKSUM 3     /* a checksum holds */
#define GATEHOUSE_MASK_EVIDENCE_LUHN 4         /* Luhn's sum and the issuer's range */
#define GATEHOUSE_MASK_EVIDENCE_MOD97 5        /* ISO 7064 mod 97-10 */
#define GATEHOUSE_MASK_EVIDENCE_CONTEXT_WORD 6 /* a word near it */
#define GATEHOUSE_MASK_EVIDENCE_FIELD_NAME 7   /* the name of its key or column */
#define GATEHOUSE_MASK_EVIDENCE_COPY 8         /* found in an encoded copy */

#endif /* GATEHOUSE_MASK_MAP_H */
