// Bodies in tiny chunks, tiny TLS records and tiny segments: what they cost follows their bytes, not their pieces.
#include "crypto/self_signed.h"
#include "house.h"

namespace gatehouse::worker {
namespace {

constexpr size_t kTiny = 8'000;        // chunks of one byte: one block holds them
constexpr size_t kPiecesMax = 12;      // what the kernel cuts 48 KiB into, and some

std::string letters(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += static_cast<char>('a' + i * 7 % 26);
  return text;
}

std::string in_chunks(ByteView body, size_t each) {
  std::string out;
  char size[http::kChunkHeaderMax];
  for (; !body.empty(); body.remove_prefix(std::min(each, body.size()))) {
    const ByteView chunk = body.substr(0, each);
    out.append(size, http::chunk_header(chunk.size(), size)).append(chunk).append("\r\n");
  }
  return out + "0\r\nX-Trailer: dropped\r\n\r\n";
}

struct Chunks {
  std::string payload;
  size_t count = 0;
};

Chunks behind_head(const std::string& message) {
  Chunks chunks;
  for (size_t at = message.find("\r\n\r\n") + 4; at < message.size();) {
    const size_t size = std::stoul(message.substr(at, 8), nullptr, 16);
    if (size == 0) break;
    at = message.find("\r\n", at) + 2;
    chunks.payload += message.substr(at, size);
    ++chunks.count;
    at += size + 2;
  }
  return chunks;
}

class TinyChunks : public House {
 protected:
  std::string chunked_request() {
    return request("POST", "/plain/a", "", "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n");
  }
  static std::string whole(Plain& plain) {
    return plain.read_until([](const std::string& text) { return text.ends_with("\r\n0\r\n\r\n"); });
  }
  uint64_t recorded() { return std::atomic_ref(ring_header().head).load(std::memory_order_acquire); }
  /// pieces is what the records hold of one direction.
  Chunks pieces(char direction) {
    const std::string marked = section(record::Tag::direction, std::string(1, direction) + std::string(7, '\0'));
    const ByteView all = records();
    Chunks found;
    for (size_t at = 0; (at = all.find(marked, at)) != ByteView::npos; ++found.count) {
      at += marked.size() + section(record::Tag::offset, "8 bytes.").size();
      uint32_t length = 0;
      std::memcpy(&length, all.data() + at + 4, sizeof length);
      found.payload += all.substr(at + 8, length);
    }
    return found;
  }
};

TEST_F(TinyChunks, OfARequestAreRecordedAndForwardedTogether) {
  const std::string body = letters(kTiny);
  Plain client = Plain::connect(address);
  client.send(chunked_request());
  Plain origin = Plain::accept(origin_listener);
  origin.read_until([](const std::string& text) { return has(text, "\r\n\r\n"); });
  const uint64_t before = recorded();
  client.send(in_chunks(body, 1));
  const Chunks got = behind_head(whole(origin));
  EXPECT_EQ(got.payload, body);
  EXPECT_LE(got.count, kPiecesMax);
  EXPECT_LT(recorded() - before, 2 * body.size() + 4096);
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  EXPECT_LE(pieces(1).count, kPiecesMax);
  EXPECT_EQ(pieces(1).payload, body);
}

TEST_F(TinyChunks, OfAnAnswerAreRecordedAndSentTogether) {
  const std::string body = letters(kTiny);
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/a"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  const uint64_t before = recorded();
  origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + in_chunks(body, 1));
  const Chunks got = behind_head(whole(client));
  EXPECT_EQ(got.payload, body);
  EXPECT_LE(got.count, kPiecesMax);
  EXPECT_LT(recorded() - before, 2 * body.size() + 4096);
  EXPECT_LE(pieces(2).count, kPiecesMax);
  EXPECT_EQ(pieces(2).payload, body);
}

TEST_F(TinyChunks, MixedWithLargeOnesKeepTheirBytes) {
  const std::string body = letters(300'000);
  std::string bytes;
  size_t at = 0;
  char size[http::kChunkHeaderMax];
  for (size_t i = 0; at < body.size(); ++i) {
    const size_t sizes[] = {1, 4095, 4096, 2, 70'000, 3, 5000, 1, 1, 65'536};
    const ByteView chunk = ByteView(body).substr(at, sizes[i % std::size(sizes)]);
    bytes.append(size, http::chunk_header(chunk.size(), size)).append(chunk).append("\r\n");
    at += chunk.size();
  }
  Plain client = Plain::connect(address);
  std::thread sender([&] { client.send(chunked_request() + bytes + "0\r\n\r\n"); });
  Plain origin = Plain::accept(origin_listener);
  const std::string seen = whole(origin);
  sender.join();
  EXPECT_EQ(behind_head(seen).payload, body);
  std::thread answering([&] {
    origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + bytes + "0\r\n\r\n");
  });
  EXPECT_EQ(behind_head(whole(client)).payload, body);
  answering.join();
}

TEST_F(TinyChunks, ABrokenOneIsRefusedAndNothingOfItsBlockGoesOn) {
  Plain client = Plain::connect(address);
  client.send(chunked_request() + "1\r\na\r\n1\r\nb\r\nzz\r\n");
  const std::string got = client.message();
  EXPECT_TRUE(has(got, "http_chunk")) << got;
}

/// TinyRecords has TLS towards its client, who cuts what it says into records of one byte.
class TinyRecords : public TinyChunks {
 protected:
  void adjust(config::Snapshot& out) override {
    crypto::CertificateOrder order;
    order.not_before = 1'600'000'000 * kNsPerSecond;
    order.not_after = 4'000'000'000 * kNsPerSecond;
    order.names = {"gate"};
    auto made = crypto::make_self_signed(order);
    trust = std::move(tls::ClientSettings::create(made.value().certificate_pem).value());
    const tls::Certificate certificate{made.value().certificate_pem, std::string(made.value().key_pem.reveal())};
    out.worker_tls[0].listeners[0] =
        std::move(tls::ServerSettings::create({certificate}, tls::make_ticket_keys(nullptr)).value());
    out.listeners[0].tls = true;
  }
  static bool collect(void* self, ByteView bytes) {
    static_cast<TinyRecords*>(self)->said.append(bytes);
    return true;
  }
  void shake_hands(Plain& client) {
    ASSERT_TRUE(engine.start_client(*trust, "gate", {this, &TinyRecords::collect}));
    for (tls::Io io; (io = engine.handshake()) != tls::Io::ok;) {
      ASSERT_EQ(io, tls::Io::want_input);
      client.send(std::exchange(said, {}));
      heard = client.some();
      ASSERT_FALSE(heard.empty());
      engine.feed(heard);
    }
  }

  std::unique_ptr<tls::ClientSettings> trust;
  tls::Engine engine;
  std::string said, heard;
};

TEST_F(TinyRecords, OfARequestAreRecordedAndForwardedTogether) {
  constexpr size_t kRecords = 1'000;   // 23 KiB of ciphertext
  const std::string body = letters(kRecords);
  Plain client = Plain::connect(address);
  ASSERT_NO_FATAL_FAILURE(shake_hands(client));
  engine.write(request("POST", "/plain/a", "", "Content-Length: " + std::to_string(body.size()) + "\r\n"));
  client.send(std::exchange(said, {}));
  Plain origin = Plain::accept(origin_listener);
  origin.read_until([](const std::string& text) { return has(text, "\r\n\r\n"); });
  for (const char& letter : body) engine.write({&letter, 1});
  client.send(said);
  EXPECT_TRUE(origin.read_until([&](const std::string& text) { return text.ends_with(body); }).ends_with(body));
  client.abandon();
  EXPECT_LE(pieces(1).count, kPiecesMax);
  EXPECT_EQ(pieces(1).payload, body);
}

}  // namespace
}  // namespace gatehouse::worker
