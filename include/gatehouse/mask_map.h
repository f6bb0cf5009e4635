/* The mask map, version 1: what masks changed in one body, so that an auditor can see each change and undo
 * all of them. It is the mask_map section of an outcome record (gatehouse/record_format.h); the masked body
 * itself is stored in the record's pieces. C-compatible.
 *
 * A number is LEB128: seven bits a byte, least significant first, the high bit set on all but the last byte,
 * at most five bytes, below 2^32. A text is a number n, then n bytes.
 *
 *   map     = magic (4 bytes "GMM1")
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
 *             number   shared: so many bytes of the previous change's place begin this place, too
 *             text     the rest of the place: together at most PLACE_MAX bytes
 *
 * A place is a JSON pointer (RFC 6901) of the value, or of the member whose key was changed; a longer one is
 * cut on a character border and ends in U+2026. Offsets of a change follow from the gaps:
 *   original offset = sum of the gaps up to it + sum of the original lengths before it
 *   masked offset   = sum of the gaps up to it + sum of the replacement lengths before it
 * Undo: copy the gaps from the masked body, write originals for replacements. */
#ifndef GATEHOUSE_MASK_MAP_H
#define GATEHOUSE_MASK_MAP_H

#define GATEHOUSE_MASK_MAP_MAGIC "GMM1"
#define GATEHOUSE_MASK_MAP_MAGIC_BYTES 4
#define GATEHOUSE_MASK_MAP_NAMES_MAX 64
#define GATEHOUSE_MASK_MAP_NAME_MAX 128
#define GATEHOUSE_MASK_MAP_PLACE_MAX 512

/* What found the value. Codes never change. */
#define GATEHOUSE_MASK_DETECTOR_FIELD 0        /* its place is configured */
#define GATEHOUSE_MASK_DETECTOR_EMAIL 1
#define GATEHOUSE_MASK_DETECTOR_US_SSN 2
#define GATEHOUSE_MASK_DETECTOR_PAYMENT_CARD 3

/* What was done with it. */
#define GATEHOUSE_MASK_METHOD_REDACT 1
#define GATEHOUSE_MASK_METHOD_PARTIAL 2

#endif /* GATEHOUSE_MASK_MAP_H */
