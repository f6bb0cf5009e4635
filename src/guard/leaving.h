// Addresses in requests and answers, through which payload could leave past the gateway: URLs, hosts, buckets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/network.h"
#include "base/result.h"

namespace gatehouse::guard {

/// AddressRules is the list of what may be named. Whatever is not listed is refused.
struct AddressRules {
  /// "example.org", "*.example.org" (any name below, not the name itself), "*" (any public name or address). ASCII; an
  /// internationalised name is written as it stands in DNS ("xn--…"). Private names (localhost, *.internal, *.local, one
  /// label alone, names that stand for addresses such as 10.0.0.1.nip.io) need an entry other than "*".
  std::vector<std::string> hosts;
  std::vector<std::string> schemes = {"https"};   // lower case, without ':'; "data" allows data: URLs
  std::vector<uint16_t> ports;                    // besides the scheme's own
  /// Addresses written as numbers. Ranges that are not public (private, loopback, link-local, metadata, …) need their own
  /// entry, "*" under hosts does not allow them.
  std::vector<Network> networks;
  /// Buckets of s3://, gs:// and the like, and of check_bucket(): names with * for any text.
  std::vector<std::string> buckets;
};

/// AddressCheck is what is said of a text; `why` is set when refused and lives for ever.
struct AddressCheck {
  enum class Is : uint8_t { no_address, allowed, refused };
  Is is = Is::no_address;
  const char* why = "";
};

/// Addresses is compiled rules; immutable, shared by threads. No name is ever resolved: a listed name is trusted to lead
/// where it should.
///
/// An allowed address is written so that all readers take it for the same (RFC 3986, WHATWG URL, curl, Python, Java):
/// scheme://host[:port] and the end or a '/' behind it, in printable bytes, without user information, the host in letters,
/// digits, '-', '_' and '.', or an IPv4 address of four decimal numbers, or an IPv6 address in brackets. Whatever only some
/// reader takes for an address is refused: control bytes and blanks, backslashes, numbers in other bases, escapes in the
/// host, other scripts, user information, "//host", "http:host".
class Addresses {
 public:
  struct CompileError {
    enum class List : uint8_t { hosts, schemes, ports, buckets } list;
    size_t entry;
    const char* text;
  };
  static Result<std::shared_ptr<const Addresses>, CompileError> compile(AddressRules rules);
  ~Addresses();
  Addresses(const Addresses&) = delete;

  /// check is for fields that are declared to hold an address: a URL or a host with an optional port and path. An empty
  /// text is none; what cannot be read as an address is refused.
  AddressCheck check(ByteView text) const;

  /// check_any is for any other string: no_address unless the text as a whole is a URL for some reader (with a scheme, or
  /// "//host"). A text with a blank inside is prose.
  AddressCheck check_any(ByteView text) const;

  /// check_reference is for fields of a head: as check_any, but whatever blank stands in it, it is no prose.
  AddressCheck check_reference(ByteView text) const;

  /// check_bucket is for a bucket that is named beside the endpoint that keeps it; an empty endpoint is the provider's own.
  AddressCheck check_bucket(ByteView endpoint, ByteView bucket) const;

  struct State;

 private:
  Addresses();
  std::unique_ptr<State> state_;
};

/// kAddressMax: longer addresses are refused; data: URLs may be longer.
inline constexpr size_t kAddressMax = 4096;

}  // namespace gatehouse::guard
