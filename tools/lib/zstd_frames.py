"""Takes Zstandard (RFC 8878) off in Python alone: slow, bounded, without dictionaries. For tools/records.py, where the standard
library has no `compression.zstd` (before Python 3.14)."""

MAGIC = b'\x28\xb5\x2f\xfd'
BLOCK_MAX = 128 * 1024

# How many bits follow a code, and what they are added to: RFC 8878, 3.1.1.3.2.1.1.
LITERALS_BASE = [*range(16), 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]
LITERALS_BITS = [0] * 16 + [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
MATCH_BASE = [*range(3, 35), 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539]
MATCH_BITS = [0] * 32 + [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
# Distributions that need not be sent: accuracy, counts. 3.1.1.3.2.2.
LITERALS_KNOWN = 6, [4, 3] + [2] * 6 + [2] * 5 + [1] * 3 + [2] * 9 + [3, 2] + [1] * 5 + [-1] * 4
MATCH_KNOWN = 6, [1, 4, 3, 2, 2, 2, 2, 2, 2] + [1] * 37 + [-1] * 7
OFFSET_KNOWN = 5, [1] * 6 + [2] * 3 + [1] * 15 + [-1] * 5


class Damaged(ValueError):
    """No frame that the RFC allows, or one that is cut off."""


def need(condition, what):
    if not condition:
        raise Damaged('zstd: ' + what)


class Backward:
    """Bits of a stream that is read from its end; its last byte holds the highest set bit as a mark."""

    def __init__(self, data):
        need(data and data[-1], 'a stream without its end')
        self.number = int.from_bytes(data, 'little')
        self.left = self.number.bit_length() - 1

    def take(self, count):
        """Beyond the beginning stand zeros; how far somebody read there is in `left`."""
        self.left -= count
        if self.left >= 0:
            return self.number >> self.left & (1 << count) - 1
        return self.number << -self.left & (1 << count) - 1


def counts(data, accuracy_max, symbols_max):
    """A distribution as it is sent (4.1.1): accuracy, counts, bytes that it took."""
    number, at = int.from_bytes(data[:512], 'little'), 4
    accuracy = (number & 15) + 5
    need(accuracy <= accuracy_max, 'a table that is too exact')
    rest, found = (1 << accuracy) + 1, []
    while rest > 1:
        need(len(found) < symbols_max, 'too many symbols')
        bits = rest.bit_length()
        value, short = number >> at & (1 << bits) - 1, (1 << bits) - 1 - rest
        if value & (1 << bits - 1) - 1 < short:
            value, at = value & (1 << bits - 1) - 1, at + bits - 1
        else:
            value, at = value - (short if value >= 1 << bits - 1 else 0), at + bits
        found.append(value - 1)
        rest -= abs(value - 1)
        while value == 1:   # of none: how many more are none
            more, at = number >> at & 3, at + 2
            found += [0] * more
            if more < 3:
                break
    need(rest == 1 and len(found) <= symbols_max and (at + 7) // 8 <= len(data), 'a distribution that does not add up')
    return accuracy, found, (at + 7) // 8


def states(accuracy, found):
    """The decoding table of a distribution (4.1.1): by state its symbol, bits to read, and what these are added to."""
    size = 1 << accuracy
    symbols, high = [0] * size, size
    for symbol, count in enumerate(found):
        if count < 0:
            high -= 1
            symbols[high] = symbol
    at, step = 0, (size >> 1) + (size >> 3) + 3
    for symbol, count in enumerate(found):
        for _ in range(max(count, 0)):
            symbols[at] = symbol
            at = at + step & size - 1
            while at >= high:
                at = at + step & size - 1
    following, table = [abs(count) for count in found], []
    for symbol in symbols:
        bits = accuracy - following[symbol].bit_length() + 1
        table.append((symbol, bits, (following[symbol] << bits) - size))
        following[symbol] += 1
    return accuracy, table


def weights(data):
    """A Huffman table as it is sent (4.2.1): bits that a code takes at most, table, bytes that it took."""
    need(data, 'no table')
    head = data[0]
    if head >= 128:
        count, taken = head - 127, 1 + (head - 126) // 2
        need(taken <= len(data), 'a table that is cut off')
        found = [data[1 + i // 2] >> (0 if i % 2 else 4) & 15 for i in range(count)]
    else:
        taken = 1 + head
        need(taken <= len(data), 'a table that is cut off')
        accuracy, spread, used = counts(data[1:taken], 6, 256)
        _, table = states(accuracy, spread)
        stream, found = Backward(data[1 + used:taken]), []
        pair = [stream.take(accuracy), stream.take(accuracy)]
        while True:
            for turn in (0, 1):
                symbol, bits, base = table[pair[turn]]
                found.append(symbol)
                pair[turn] = base + stream.take(bits)
                if stream.left < 0:
                    found.append(table[pair[1 - turn]][0])
                    break
            else:
                need(len(found) < 255, 'too many weights')
                continue
            break
    total = sum(1 << each - 1 for each in found if each)
    bits = total.bit_length()
    last = (1 << bits) - total
    need(total and bits <= 11 and last & last - 1 == 0 and len(found) < 256, 'weights that do not add up')
    found.append(last.bit_length())
    table = []
    for weight in range(1, bits + 1):
        for symbol, each in enumerate(found):
            if each == weight:
                table += [(symbol, bits + 1 - weight)] * (1 << weight - 1)
    need(len(table) == 1 << bits, 'weights that do not add up')
    return bits, table, taken


def coded_literals(data, size, tree):
    bits, table = tree
    stream, out = Backward(data), bytearray()
    state, mask = stream.take(bits), (1 << bits) - 1
    for _ in range(size):
        symbol, used = table[state]
        out.append(symbol)
        state = state << used & mask | stream.take(used)
    need(stream.left == -bits, 'literals that do not end with their stream')
    return bytes(out)


class Frame:
    """What blocks of one frame have in common: what came out, tables that a later one may take again, recent offsets."""

    def __init__(self, most):
        self.out, self.most = bytearray(), most
        self.tree, self.tables, self.offsets = None, {}, [1, 4, 8]

    def grow(self, data):
        need(len(self.out) + len(data) <= self.most, 'more than it may be')
        self.out += data

    def literals(self, data):
        """Literals of a block (3.1.1.3.1), and where what follows begins."""
        need(data, 'an empty block')
        kind, form = data[0] & 3, data[0] >> 2 & 3
        if kind < 2:
            head = (1, 2, 1, 3)[form]
            size = int.from_bytes(data[:head], 'little') >> (4 if form & 1 else 3)
            end = head + (1 if kind else size)
            need(size <= BLOCK_MAX and end <= len(data), 'literals that are cut off')
            return data[head:end] * (size if kind else 1), end
        head, bits = (3, 3, 4, 5)[form], (10, 10, 14, 18)[form]
        number = int.from_bytes(data[:head], 'little') >> 4
        size, end = number & (1 << bits) - 1, head + (number >> bits)
        need(size <= BLOCK_MAX and end <= len(data), 'literals that are cut off')
        if kind == 2:
            *self.tree, taken = weights(data[head:end])
            head += taken
        need(self.tree, 'literals without a table')
        if form == 0:
            return coded_literals(data[head:end], size, self.tree), end
        need(end - head >= 6, 'literals that are cut off')
        cuts, each, out = [head + 6], (size + 3) // 4, b''
        for i in (0, 2, 4):
            cuts.append(cuts[-1] + int.from_bytes(data[head + i:head + i + 2], 'little'))
        cuts.append(end)
        need(cuts[3] <= end and 3 * each <= size, 'literals that are cut off')
        for i in range(4):
            out += coded_literals(data[cuts[i]:cuts[i + 1]], each if i < 3 else size - 3 * each, self.tree)
        return out, end

    def table(self, name, mode, data, known, accuracy_max, symbols_max):
        """The table of one kind of codes (3.1.1.3.2.1), and how many bytes it took."""
        taken = 0
        if mode == 0:
            self.tables[name] = states(*known)
        elif mode == 1:
            need(data and data[0] < symbols_max, 'no such symbol')
            self.tables[name], taken = (0, [(data[0], 0, 0)]), 1
        elif mode == 2:
            accuracy, found, taken = counts(data, accuracy_max, symbols_max)
            self.tables[name] = states(accuracy, found)
        need(name in self.tables, 'no table to take again')
        return taken

    def block(self, data):
        """A compressed block: literals, then sequences of literals and matches (3.1.1.3.2, 3.1.1.4)."""
        literals, at = self.literals(data)
        need(at < len(data), 'no sequences')
        count, at = data[at], at + 1
        if count >= 128:
            wide = 2 if count == 255 else 1
            more = int.from_bytes(data[at:at + wide], 'little')
            count, at = (more + 0x7f00 if wide == 2 else (count - 128 << 8) + more), at + wide
        if count == 0:
            need(at == len(data), 'bytes behind the last block')
            return self.grow(literals)
        need(at < len(data), 'sequences that are cut off')
        modes, at = data[at], at + 1
        for name, shift, known, accuracy, most in (('literals', 6, LITERALS_KNOWN, 9, 36), ('offset', 4, OFFSET_KNOWN, 8, 32),
                                                   ('match', 2, MATCH_KNOWN, 9, 53)):
            at += self.table(name, modes >> shift & 3, data[at:], known, accuracy, most)
        return self.sequences(Backward(data[at:]), count, literals)

    def sequences(self, stream, count, literals):
        tables = [self.tables[name] for name in ('literals', 'offset', 'match')]
        state = [stream.take(accuracy) for accuracy, _ in tables]
        used = 0
        for turn in range(count):
            rows = [table[at] for (_, table), at in zip(tables, state)]
            code, power, length = (row[0] for row in rows)
            offset = (1 << power) + stream.take(power)
            size = MATCH_BASE[length] + stream.take(MATCH_BITS[length])
            before = LITERALS_BASE[code] + stream.take(LITERALS_BITS[code])
            need(used + before <= len(literals), 'more literals than there are')
            self.grow(literals[used:used + before])
            used += before
            self.match(self.recent(offset, before), size)
            if turn + 1 < count:
                for i in (0, 2, 1):
                    state[i] = rows[i][2] + stream.take(rows[i][1])
        need(stream.left == 0, 'sequences that do not end with their stream')
        self.grow(literals[used:])

    def recent(self, value, before):
        """Of the offsets 1 to 3 are the ones used last (3.1.1.5)."""
        first, second, third = self.offsets
        if value > 3:
            self.offsets = [value - 3, first, second]
            return value - 3
        which = value - (before > 0)
        if which == 0:
            return first
        found = (0, second, third, first - 1)[which]
        self.offsets = [found, first, third if which == 1 else second]
        return found

    def match(self, offset, size):
        start = len(self.out) - offset
        need(0 <= start < len(self.out), 'a match before the beginning')
        piece = bytes(self.out[start:start + size])
        self.grow((piece * (size // len(piece) + 1))[:size])


def decompress(data, most):
    """What one frame holds, `most` bytes at most. A dictionary or anything behind the frame is an error; its checksum is not
    looked at: records have their own."""
    need(data[:4] == MAGIC and len(data) > 5 and data[4] & 0x0b == 0, 'no frame')
    single, wide = data[4] >> 5 & 1, (0, 2, 4, 8)[data[4] >> 6]
    at, frame = 5 + (1 - single) + (wide or single), Frame(most)
    last = 0
    while not last:
        need(at + 3 <= len(data), 'a frame that is cut off')
        head = int.from_bytes(data[at:at + 3], 'little')
        last, kind, size, at = head & 1, head >> 1 & 3, head >> 3, at + 3
        end = at + (1 if kind == 1 else size)
        need(kind < 3 and size <= BLOCK_MAX and end <= len(data), 'a block that is cut off')
        if kind == 2:
            frame.block(data[at:end])
        else:
            frame.grow(data[at:end] * (size if kind else 1))
        at = end
    need(at + (data[4] & 4) == len(data), 'bytes behind the frame')
    return bytes(frame.out)
