// A constant-answer HTTP/1.1 origin on the same ring and thread, so that a bench needs one cheap process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/body.h"
#include "http/h1_parser.h"
#include "net/links.h"

namespace gatehouse::load {

/// kOriginOwner marks the owners of the origin's links; the other bits are its session's.
inline constexpr uint32_t kOriginOwner = 0x80000000;

/// Origin answers every request with the same bytes once it has read all of it. One thread.
class Origin {
 public:
  /// make builds the answer; nullptr when the status or type cannot be written.
  static std::unique_ptr<Origin> make(int listener, int status, const std::string& type, const std::string& body);
  ~Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  /// attach is called once, before the first completion; both outlive the use of the origin.
  void attach(uring::Ring& ring, net::Links& links);
  void accepted(const uring::Completion& completion);
  void step(SlotId owner);
  /// stop ends all sessions; accepting goes on until the ring closes.
  void stop();

  uint64_t answered() const { return answered_; }

 private:
  struct Session {
    net::Link* link = nullptr;
    uint32_t generation = 0;
    bool in_body = false;
    bool keep = true;
    std::string in;
    http::HeadScan scan;
    http::BodyDecoder decoder;
  };

  explicit Origin(int listener) : listener_(listener) {}
  bool consume(Session& session, ByteView bytes);
  bool take_head(Session& session, ByteView& bytes, std::string& kept);
  void end(Session& session, bool gracefully);

  const int listener_;
  std::string answer_;
  uring::Ring* ring_ = nullptr;
  net::Links* links_ = nullptr;
  bool stopped_ = false;
  uint64_t answered_ = 0;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<uint32_t> free_;
  http::RequestHead head_;
  std::unique_ptr<char[]> scratch_;
};

}  // namespace gatehouse::load
