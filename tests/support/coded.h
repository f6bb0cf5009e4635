// Bodies coded by the libraries' own one-shot functions: the truth that decoders are held against.
#pragma once

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "base/assert.h"
#include "base/bytes.h"
#include "codec/coding.h"

namespace gatehouse::testing {

/// deflated is zlib's output: window_bits 15 is zlib's format, 31 gzip, -15 raw.
inline std::string deflated(ByteView text, int window_bits, int level = 6) {
  z_stream stream{};
  GH_ASSERT(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = const_cast<Bytef*>(u8(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = u8(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  GH_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string brotlied(ByteView text, int quality = 5, int window = 22) {
  std::string out(BrotliEncoderMaxCompressedSize(text.size()) + 64, '\0');
  size_t size = out.size();
  GH_ASSERT(BrotliEncoderCompress(quality, window, BROTLI_MODE_GENERIC, text.size(), u8(text.data()), &size, u8(out.data())) == BROTLI_TRUE);
  out.resize(size);
  return out;
}

/// zstded: `streamed` leaves the content's size out and sums it instead, as a stream does.
inline std::string zstded(ByteView text, bool streamed = false, int level = 3, int window_log = 0) {
  ZSTD_CCtx* cctx = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(cctx, ZSTD_c_contentSizeFlag, streamed ? 0 : 1);
  ZSTD_CCtx_setParameter(cctx, ZSTD_c_checksumFlag, streamed ? 1 : 0);
  if (window_log != 0) ZSTD_CCtx_setParameter(cctx, ZSTD_c_windowLog, window_log);
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_inBuffer from{text.data(), text.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  if (streamed) GH_ASSERT(ZSTD_isError(ZSTD_compressStream2(cctx, &to, &from, ZSTD_e_continue)) == 0);
  GH_ASSERT(ZSTD_compressStream2(cctx, &to, &from, ZSTD_e_end) == 0);
  out.resize(to.pos);
  ZSTD_freeCCtx(cctx);
  return out;
}

inline std::string coded(codec::Coding coding, ByteView text) {
  switch (coding) {
    case codec::Coding::identity: return std::string(text);
    case codec::Coding::gzip: return deflated(text, 31);
    case codec::Coding::deflate: return deflated(text, 15);
    case codec::Coding::br: return brotlied(text);
    case codec::Coding::zstd: return zstded(text);
  }
  return {};
}

inline std::string coded(const codec::Codings& codings, ByteView text) {
  std::string body(text);
  for (size_t i = 0; i < codings.count; ++i) body = coded(codings.applied[i], body);
  return body;
}

}  // namespace gatehouse::testing
