#include "guard/leaving.h"

#include <algorithm>

#include "base/glob.h"
#include "guard/address_text.h"

namespace gatehouse::guard {
namespace {

struct Range {
  const char* text;
  const char* why;
};
// What is not public (IANA's registries of special-purpose addresses), and what providers serve credentials from.
constexpr Range kRanges[] = {
    {"169.254.169.254", "the metadata service of a provider"}, {"168.63.129.16", "the metadata service of a provider"},
    {"100.100.100.200", "the metadata service of a provider"}, {"192.0.0.192", "the metadata service of a provider"},
    {"fd00:ec2::254", "the metadata service of a provider"},
    {"0.0.0.0/8", "an address of this host"}, {"127.0.0.0/8", "a loopback address"}, {"::1", "a loopback address"},
    {"::", "an address of this host"}, {"169.254.0.0/16", "a link-local address"}, {"fe80::/10", "a link-local address"},
    {"10.0.0.0/8", "a private address"}, {"172.16.0.0/12", "a private address"}, {"192.168.0.0/16", "a private address"},
    {"100.64.0.0/10", "a private address"}, {"fc00::/7", "a private address"}, {"fec0::/10", "a private address"},
    {"64:ff9b::/96", "an IPv4 address inside an IPv6 one"}, {"64:ff9b:1::/48", "an IPv4 address inside an IPv6 one"},
    {"2002::/16", "an IPv4 address inside an IPv6 one"}, {"2001::/32", "an IPv4 address inside an IPv6 one"},
    {"::/96", "an IPv4 address inside an IPv6 one"},
    {"192.0.0.0/24", "a reserved address"}, {"192.0.2.0/24", "a reserved address"}, {"192.88.99.0/24", "a reserved address"},
    {"198.18.0.0/15", "a reserved address"}, {"198.51.100.0/24", "a reserved address"}, {"203.0.113.0/24", "a reserved address"},
    {"224.0.0.0/4", "a multicast address"}, {"240.0.0.0/4", "a reserved address"}, {"ff00::/8", "a multicast address"},
    {"2001::/23", "a reserved address"}, {"2001:db8::/32", "a reserved address"}, {"3fff::/20", "a reserved address"},
    {"::/3", "a reserved address"}, {"4000::/2", "a reserved address"}, {"8000::/1", "a reserved address"}};

// Names that are not public, or stand for any address that is written in them.
constexpr ByteView kPrivateNames[] = {"localhost", "local", "internal", "localdomain", "lan", "home", "corp", "intranet",
                                      "private", "home.arpa", "onion", "nip.io", "sslip.io", "xip.io", "traefik.me",
                                      "localtest.me", "lvh.me", "vcap.me", "lacolhost.com", "localho.st"};

struct SchemePort {
  ByteView scheme;
  uint32_t port;
};
constexpr SchemePort kPorts[] = {{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443},
                                 {"ftp", 21}, {"ftps", 990}, {"sftp", 22}};
// The host of these is a bucket.
constexpr ByteView kBucketSchemes[] = {"s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss", "wasb", "wasbs", "az", "azure", "oss",
                                       "cos", "r2", "b2"};
// These carry no host, or code.
constexpr ByteView kNeverSchemes[] = {"file", "javascript", "jdbc", "blob", "url", "view-source"};

constexpr char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string lower(ByteView text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), small);
  return out;
}

template <typename List, typename Word>
bool among(const List& list, const Word& word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool is_below(ByteView name, ByteView domain) {
  return name.size() > domain.size() && name.ends_with(domain) && name[name.size() - domain.size() - 1] == '.';
}

bool is_private_name(ByteView name) {
  if (name.find('.') == ByteView::npos) return true;
  return std::any_of(std::begin(kPrivateNames), std::end(kPrivateNames),
                     [&](ByteView each) { return name == each || is_below(name, each); });
}

bool is_bucket(ByteView text, bool pattern) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [&](char c) {
    return (small(c) >= 'a' && small(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
           (pattern && c == '*');
  });
}

AddressCheck refused(const char* why) { return {AddressCheck::Is::refused, why}; }
constexpr AddressCheck kAllowed{AddressCheck::Is::allowed, ""};
constexpr AddressCheck kNone{};

const char* host_problem(ByteView entry) {
  if (entry == "*") return nullptr;
  const ByteView name = entry.starts_with("*.") ? entry.substr(2) : entry;
  if (name.find('*') != ByteView::npos) return "* stands alone, or for all names below: *.example.org";
  if (!is_host_name(name)) return "a host name, without scheme, port and final dot";
  if (ends_in_number(name)) return "an address: write it under networks";
  return nullptr;
}

const char* scheme_problem(ByteView entry) {
  const bool plain = !entry.empty() && entry[0] >= 'a' && entry[0] <= 'z' && std::all_of(entry.begin(), entry.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
  if (!plain) return "a scheme in lower case, without ':'";
  if (among(kNeverSchemes, entry)) return "this scheme names no host: it cannot be allowed";
  return nullptr;
}

}  // namespace

struct Addresses::State {
  struct Special {
    Network network;
    const char* why;
  };
  AddressRules rules;
  std::vector<Special> special;
  bool any_host = false;

  AddressCheck number(const Address& address) const;
  AddressCheck name(ByteView host) const;
  bool port(uint32_t port, ByteView scheme) const;
  AddressCheck judge(const AddressText& text) const;
};

AddressCheck Addresses::State::number(const Address& address) const {
  for (const Network& network : rules.networks)
    if (network.contains(address)) return kAllowed;
  for (const Special& each : special)
    if (each.network.contains(address)) return refused(each.why);
  return any_host ? kAllowed : refused("an address that is not listed");
}

AddressCheck Addresses::State::name(ByteView host) const {
  const std::string name = lower(host);
  for (const std::string& entry : rules.hosts) {
    if (entry == "*") continue;
    if (entry.starts_with("*.") ? is_below(name, ByteView(entry).substr(2)) : name == entry) return kAllowed;
  }
  if (is_private_name(name)) return refused("a private name");
  return any_host ? kAllowed : refused("a host that is not listed");
}

bool Addresses::State::port(uint32_t port, ByteView scheme) const {
  if (port == 0 || among(rules.ports, port)) return true;
  return std::any_of(std::begin(kPorts), std::end(kPorts), [&](const SchemePort& each) {
    return each.port == port && (scheme.empty() ? among(rules.schemes, each.scheme) : scheme == each.scheme);
  });
}

AddressCheck Addresses::State::judge(const AddressText& text) const {
  if (text.wrong != nullptr) return refused(text.wrong);
  const std::string scheme = lower(text.scheme);
  if (!scheme.empty() && !among(rules.schemes, scheme)) return refused("a scheme that is not listed");
  if (among(kBucketSchemes, scheme)) {
    if (text.port != 0) return refused("a port behind a bucket");
    const bool listed = std::any_of(rules.buckets.begin(), rules.buckets.end(),
                                    [&](const std::string& each) { return glob_matches(each, text.host); });
    return listed ? kAllowed : refused("a bucket that is not listed");
  }
  if (!port(text.port, scheme)) return refused("a port that is not listed");
  return text.number ? number(*text.number) : name(text.host);
}

Addresses::Addresses() : state_(std::make_unique<State>()) {}
Addresses::~Addresses() = default;

Result<std::shared_ptr<const Addresses>, Addresses::CompileError> Addresses::compile(AddressRules rules) {
  using List = CompileError::List;
  for (size_t i = 0; i < rules.hosts.size(); ++i) {
    if (const char* problem = host_problem(rules.hosts[i])) return Failure{CompileError{List::hosts, i, problem}};
    rules.hosts[i] = lower(rules.hosts[i]);
  }
  for (size_t i = 0; i < rules.schemes.size(); ++i)
    if (const char* problem = scheme_problem(rules.schemes[i])) return Failure{CompileError{List::schemes, i, problem}};
  for (size_t i = 0; i < rules.ports.size(); ++i)
    if (rules.ports[i] == 0) return Failure{CompileError{List::ports, i, "a port from 1 to 65535"}};
  for (size_t i = 0; i < rules.buckets.size(); ++i)
    if (!is_bucket(rules.buckets[i], true)) return Failure{CompileError{List::buckets, i, "a bucket's name, * for any text"}};
  std::shared_ptr<Addresses> out(new Addresses);
  State& state = *out->state_;
  state.any_host = among(rules.hosts, "*");
  state.rules = std::move(rules);
  for (const Range& range : kRanges) {
    const auto network = Network::parse(range.text);
    GH_ASSERT(network.ok());
    state.special.push_back({*network, range.why});
  }
  return std::shared_ptr<const Addresses>(std::move(out));
}

AddressCheck Addresses::check_any(ByteView text) const {
  if (!is_url(text)) return kNone;
  if (is_data(text) && among(state_->rules.schemes, ByteView("data"))) return kAllowed;
  if (has_blank(text)) return kNone;
  if (is_data(text)) return refused("a scheme that is not listed");
  if (text.size() > kAddressMax) return refused("an address that is too long");
  return state_->judge(read_url(text));
}

AddressCheck Addresses::check_reference(ByteView text) const {
  if (is_url(text)) return check(text);
  const auto odd = std::find_if(text.begin(), text.end(), [](char c) { return c == ' ' || static_cast<uint8_t>(c) >= 0x80; });
  // "// @host" and "https:// @host" name a host to browsers, behind a user whose name is a blank.
  const auto front = std::min<size_t>(static_cast<size_t>(odd - text.begin()), kAddressMax);
  const bool begun = odd != text.end() && is_url(std::string(text.substr(0, front)) + 'x');
  return begun ? refused("blanks or control bytes in an address") : kNone;
}

AddressCheck Addresses::check(ByteView text) const {
  if (is_blank(text)) return kNone;
  const bool url = is_url(text);
  if (is_data(text))
    return among(state_->rules.schemes, ByteView("data")) ? kAllowed : refused("a scheme that is not listed");
  if (text.size() > kAddressMax) return refused("an address that is too long");
  return state_->judge(url ? read_url(text) : read_host(text));
}

AddressCheck Addresses::check_bucket(ByteView endpoint, ByteView bucket) const {
  const auto& buckets = state_->rules.buckets;
  if (!is_bucket(bucket, false)) return refused("a bucket's name that is none");
  if (std::none_of(buckets.begin(), buckets.end(), [&](const std::string& each) { return glob_matches(each, bucket); }))
    return refused("a bucket that is not listed");
  return endpoint.empty() ? kAllowed : check(endpoint);
}

}  // namespace gatehouse::guard
