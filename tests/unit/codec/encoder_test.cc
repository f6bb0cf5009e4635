#include <string>

#include "codec/encoder.h"

#include <gtest/gtest.h>

#include "codec/decoder.h"
#include "tests/support/allocation_count.h"

namespace gatehouse::codec {
namespace {

constexpr Coding kAll[] = {Coding::identity, Coding::gzip, Coding::deflate, Coding::br, Coding::zstd};

Codings of(Coding coding) {
  Codings codings;
  if (coding != Coding::identity) codings.applied[codings.count++] = coding;
  return codings;
}

/// Writes with rooms of one size.
struct Writer {
  Encoder& encoder;
  size_t room;
  std::string out = {};

  void give(ByteView in) {
    while (!in.empty()) {
      const Progress progress = call([&](ByteSpan span) { return encoder.step(in, span); });
      ASSERT_EQ(progress.status, Status::ok);
      in.remove_prefix(progress.consumed);
    }
  }
  void flush() {
    while (call([&](ByteSpan span) { return encoder.flush(span); }).status == Status::ok) continue;
  }
  void finish() {
    while (call([&](ByteSpan span) { return encoder.finish(span); }).status == Status::ok) continue;
  }
  template <typename Call>
  Progress call(Call what) {
    std::string block(room, '\0');
    const Progress progress = what(ByteSpan(block.data(), block.size()));
    out.append(block, 0, progress.produced);
    return progress;
  }
};

std::string decoded(Coding coding, ByteView body, Status expected) {
  Decoder decoder;
  decoder.start(of(coding), {.max_bytes = 100 << 20, .ratio = 1000000});
  std::string out(20 << 20, '\0');
  const Progress progress = decoder.step(body, {out.data(), out.size()});
  EXPECT_EQ(progress.status, Status::ok);
  EXPECT_EQ(progress.consumed, body.size());
  EXPECT_EQ(decoder.finish(), expected);
  out.resize(progress.produced);
  return out;
}

std::string prose(size_t size) {
  std::string text;
  for (uint32_t i = 1; text.size() < size; i = i * 1664525 + 1013904223) text += "event " + std::to_string(i >> 9) + "\ndata: {}\n\n";
  text.resize(size);
  return text;
}

TEST(Encoder, WhatItWritesComesBack) {
  Encoder encoder;
  for (const Coding coding : kAll)
    for (const size_t size : {0, 1, 100, 70000, 400000})
      for (const size_t room : {kEncoderRoom, size_t{100}, size_t{65536}}) {
        const std::string text = prose(size);
        ASSERT_EQ(encoder.start(coding), Status::ok);
        Writer writer{encoder, room};
        for (size_t at = 0; at < size; at += 50001) writer.give(ByteView(text).substr(at, 50001));
        writer.finish();
        ASSERT_EQ(decoded(coding, writer.out, Status::done), text) << coding_name(coding);
        if (size > 1000 && coding != Coding::identity) { EXPECT_LT(writer.out.size(), size / 2); }
      }
}

TEST(Encoder, FlushMakesEverythingSoFarDecodable) {
  Encoder encoder;
  for (const Coding coding : kAll)
    for (const size_t room : {kEncoderRoom, size_t{4096}}) {
      ASSERT_EQ(encoder.start(coding), Status::ok);
      Writer writer{encoder, room};
      std::string sent;
      for (const size_t size : {10, 1, 500, 5000, 90000, 3}) {
        const std::string event = prose(size);
        sent += event;
        writer.give(event);
        writer.flush();
        const size_t before = writer.out.size();
        writer.flush();
        EXPECT_EQ(writer.out.size(), before);   // nothing new: nothing to flush
        ASSERT_EQ(decoded(coding, writer.out, coding == Coding::identity ? Status::done : Status::truncated), sent) << coding_name(coding);
      }
      writer.finish();
      ASSERT_EQ(decoded(coding, writer.out, Status::done), sent);
    }
}

TEST(Encoder, IsReusedWhateverBecameOfTheBodyBefore) {
  Encoder encoder;
  for (const Coding coding : kAll) {
    ASSERT_EQ(encoder.start(coding), Status::ok);
    Writer broken{encoder, 100};
    broken.give(prose(100000));
    ASSERT_EQ(encoder.start(coding), Status::ok);
    Writer writer{encoder, 100};
    writer.give("hello");
    writer.finish();
    EXPECT_EQ(decoded(coding, writer.out, Status::done), "hello");
    writer.finish();
    EXPECT_EQ(decoded(coding, writer.out, Status::done), "hello");
  }
}

TEST(Encoder, AWarmOneDoesNotAllocate) {
  Encoder encoder;
  const std::string text = prose(50000);
  std::string out(100000, '\0');
  for (const Coding coding : {Coding::identity, Coding::gzip, Coding::deflate, Coding::zstd}) {
    size_t before = 0;
    for (int i = 0; i < 4; ++i) {
      if (i == 2) before = testing::allocations();
      ASSERT_EQ(encoder.start(coding), Status::ok);
      const size_t at = encoder.step(text, {out.data(), out.size()}).produced;
      ASSERT_EQ(encoder.finish({out.data() + at, out.size() - at}).status, Status::done);
    }
    EXPECT_EQ(testing::allocations(), before) << coding_name(coding);
  }
}

}  // namespace
}  // namespace gatehouse::codec
