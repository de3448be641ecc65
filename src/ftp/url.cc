#include "ftpull/url.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull {
namespace {

constexpr uint16_t kFtpPort = 21;
constexpr uint16_t kFtpsPort = 990;
constexpr size_t kMaxUrlBytes = 8192;  // servers cut or refuse longer command lines
constexpr size_t kMaxHostBytes = 253;  // RFC 1035
constexpr size_t kMaxZoneBytes = 64;   // four times an interface name
constexpr size_t kShownBytes = 200;

uint16_t default_port(Url::Scheme scheme) {
  return scheme == Url::Scheme::ftps ? kFtpsPort : kFtpPort;
}

std::string_view scheme_name(Url::Scheme scheme) {
  return scheme == Url::Scheme::ftps ? "ftps" : "ftp";
}

bool is_alphanumeric(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

bool consists_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
  });
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_dots(std::string_view component) {
  return component == "." || component == "..";
}

/// What lies between the slashes of `text`.
std::vector<std::string_view> split_at_slashes(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t end = 0; (end = text.find('/')) != std::string_view::npos;) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

/// RFC 3986 section 5.2.4 for components that are written as dots; an encoded %2E is a name.
/// The first component is never taken away when it is empty: it stands for the root.
std::string remove_dot_segments(std::string_view raw) {
  std::vector<std::string_view> kept;
  const std::vector<std::string_view> parts = split_at_slashes(raw);
  const std::string_view first = parts.front();
  const bool from_root = parts.size() > 1 && (first.empty() || equals_ignoring_case(first, "%2f"));
  const size_t floor = from_root ? 1 : 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!is_dots(parts[i])) {
      kept.push_back(parts[i]);
      continue;
    }
    if (parts[i] == ".." && kept.size() > floor) kept.pop_back();
    if (i + 1 == parts.size()) kept.push_back("");
  }
  std::string path;
  for (size_t i = 0; i < kept.size(); ++i) path.append(i == 0 ? "" : "/").append(kept[i]);
  return path;
}

std::string collapse_slashes(std::string_view path) {
  std::string out;
  for (char c : path) {
    if (c != '/' || out.empty() || out.back() != '/') out += c;
  }
  return out;
}

/// `kept`: characters that stay besides letters, digits and "-._~".
std::string encode(std::string_view text, std::string_view kept) {
  constexpr std::string_view kUnreserved = "-._~";
  std::string out;
  for (char c : text) {
    const bool plain =
        is_alphanumeric(c) || kUnreserved.find(c) != kUnreserved.npos || kept.find(c) != kept.npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string encode_path(std::string_view path) {
  std::string out;
  if (path.starts_with('/')) {
    out += "%2F";
    path.remove_prefix(1);
  }
  bool first = true;
  for (std::string_view component : split_at_slashes(path)) {
    if (!std::exchange(first, false)) out += '/';
    if (is_dots(component)) {
      out += component == "." ? "%2E" : "%2E%2E";
    } else {
      out += encode(component, "!$&'()*+,=:@");
    }
  }
  return out;
}

/// Takes one text apart. Messages show the URL up to nothing of its userinfo: all before the last
/// '@' is left out, also where that is more than the userinfo.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(trim(text)) {}

  Result<Url> parse() {
    if (auto ok = check_text(); !ok) return tl::make_unexpected(ok.error());
    if (auto ok = take_scheme(); !ok) return tl::make_unexpected(ok.error());
    const size_t path_at = std::min(rest_.find('/'), rest_.size());
    const std::string_view authority = rest_.substr(0, path_at);
    rest_.remove_prefix(path_at);
    if (auto ok = take_authority(authority); !ok) return tl::make_unexpected(ok.error());
    if (auto ok = take_path(); !ok) return tl::make_unexpected(ok.error());
    return std::move(url_);
  }

 private:
  tl::unexpected<Error> bad(std::string_view what,
                            std::string hint = "Write ftp://HOST/PATH") const {
    return fail(ErrorKind::usage, fmt::format("URL \"{}\": {}", shown(), what), {},
                std::move(hint));
  }

  std::string shown() const {
    const size_t at = text_.rfind('@');
    if (at == std::string_view::npos) return for_display(text_, kShownBytes);
    const size_t scheme_end = text_.find("://");
    const bool has_scheme = scheme_end < at && consists_of(text_.substr(0, scheme_end), "+-.");
    const std::string_view scheme =
        has_scheme ? text_.substr(0, scheme_end + 3) : std::string_view();
    return for_display(fmt::format("{}...{}", scheme, text_.substr(at)), kShownBytes);
  }

  /// "character 12", counted from 1 in the text as given.
  std::string place(const char* at) const {
    return fmt::format("character {}", at - text_.data() + 1);
  }

  std::string scheme_hint() const {
    const std::string text = to_lower(text_);
    const bool half_a_scheme = text.starts_with("ftp:") || text.starts_with("ftps:");
    const bool secret = text.find('@') != std::string::npos;
    if (half_a_scheme || secret) return "Write ftp://HOST/PATH";
    return fmt::format("Write ftp://{}", shown());
  }

  Status check_text() {
    if (text_.empty())
      return fail(ErrorKind::usage, "the URL is empty", {}, "Write ftp://HOST/PATH");
    if (text_.size() > kMaxUrlBytes) {
      return bad(fmt::format("it is longer than {} bytes", kMaxUrlBytes));
    }
    for (const char& c : text_) {
      if (is_control(c)) return bad(fmt::format("control character at {}", place(&c)));
      if (c == ' ') return bad(fmt::format("space at {}", place(&c)), "Write a space as %20");
    }
    return {};
  }

  Status take_scheme() {
    const size_t end = text_.find("://");
    if (end == std::string_view::npos || !consists_of(text_.substr(0, end), "+-.")) {
      return bad("it does not begin with ftp:// or ftps://", scheme_hint());
    }
    const std::string scheme = to_lower(text_.substr(0, end));
    rest_ = text_.substr(end + 3);
    if (scheme == "ftps") {
      url_.scheme = Url::Scheme::ftps;
    } else if (scheme != "ftp") {
      return bad(fmt::format("the scheme \"{}\" is not supported", for_display(scheme, 20)),
                 "Supported are ftp:// and ftps://");
    }
    url_.port = default_port(url_.scheme);
    return {};
  }

  Status take_authority(std::string_view authority) {
    if (authority.find('#') != std::string_view::npos) {
      return bad("\"#\" before the path", "Write # in a user name or password as %23");
    }
    const size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
      if (auto ok = take_userinfo(authority.substr(0, at)); !ok) return ok;
      authority.remove_prefix(at + 1);
    }
    return authority.starts_with('[') ? take_literal(authority.substr(1)) : take_name(authority);
  }

  Status take_userinfo(std::string_view userinfo) {
    const size_t colon = userinfo.find(':');
    auto user = decode(userinfo.substr(0, colon), "user name");
    if (!user) return tl::make_unexpected(user.error());
    url_.user = std::move(*user);
    if (colon == std::string_view::npos) return {};
    auto password = decode(userinfo.substr(colon + 1), "password");
    if (!password) return tl::make_unexpected(password.error());
    url_.password = std::move(*password);
    return {};
  }

  /// An IPv6 address after its '[', with the zone of RFC 6874 ("%25eth0"; a bare '%' counts too).
  Status take_literal(std::string_view text) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return bad("\"[\" without \"]\"");
    const std::string_view literal = text.substr(0, end);
    const size_t percent = literal.find('%');
    const std::string address(literal.substr(0, percent));
    std::array<unsigned char, sizeof(in6_addr)> binary{};
    if (inet_pton(AF_INET6, address.c_str(), binary.data()) != 1) {
      return bad("what stands in [] is not an IPv6 address");
    }
    url_.host = to_lower(address);
    if (percent != std::string_view::npos) {
      std::string_view zone = literal.substr(percent + 1);
      if (zone.starts_with("25")) zone.remove_prefix(2);
      if (zone.empty() || zone.size() > kMaxZoneBytes || !consists_of(zone, "-._~")) {
        return bad("the zone of the IPv6 address is empty or not a name");
      }
      url_.host.append("%").append(zone);
    }
    const std::string_view after = text.substr(end + 1);
    if (!after.empty() && after.front() != ':') return bad("text between \"]\" and the port");
    return take_port(after);
  }

  Status take_name(std::string_view text) {
    const size_t colon = std::min(text.find(':'), text.size());
    const std::string_view name = text.substr(0, colon);
    if (name.empty()) return bad("it has no host", "Write ftp://HOST/PATH");
    if (std::count(text.begin(), text.end(), ':') > 1) {
      return bad("more than one \":\" after the host", "Write an IPv6 address in []");
    }
    if (name.size() > kMaxHostBytes || !consists_of(name, "-._")) {
      return bad("the host is not a name or address",
                 "Write a name with other letters in its xn-- form");
    }
    url_.host = to_lower(name);
    return take_port(text.substr(colon));
  }

  /// Empty, or with its ':'. RFC 3986 allows the ':' alone.
  Status take_port(std::string_view text) {
    if (text.size() <= 1) return {};
    const auto port = parse_decimal(text.substr(1));
    if (!port || *port == 0 || *port > UINT16_MAX) {
      return bad("the port is not a number from 1 to 65535",
                 "Write ftp://HOST:PORT/PATH, or leave :PORT out");
    }
    url_.port = static_cast<uint16_t>(*port);
    return {};
  }

  Status take_path() {
    std::string_view raw = rest_.substr(0, rest_.find('#'));
    if (auto ok = take_type(raw); !ok) return ok;
    if (!raw.empty()) raw.remove_prefix(1);
    // Looked at before dots are removed, so that an error names its place in the text as given.
    if (auto ok = decode(raw, "path"); !ok) return tl::make_unexpected(ok.error());
    auto path = decode(remove_dot_segments(raw), "path");
    if (!path) return tl::make_unexpected(path.error());
    url_.path = collapse_slashes(*path);
    return {};
  }

  /// ";type=X" at the very end of `raw`, which is cut there.
  Status take_type(std::string_view& raw) {
    constexpr std::string_view kType = "type=";
    const size_t semicolon = raw.rfind(';');
    if (semicolon == std::string_view::npos) return {};
    const std::string_view parameter = raw.substr(semicolon + 1);
    if (parameter.find('/') != std::string_view::npos) return {};
    if (!equals_ignoring_case(parameter.substr(0, kType.size()), kType)) return {};
    const std::string letter = to_lower(parameter.substr(kType.size()));
    if (letter != "a" && letter != "i" && letter != "d") {
      return bad("the type is not a, i or d", "Write a ; that belongs to the name as %3B");
    }
    url_.type = letter.front();
    raw = raw.substr(0, semicolon);
    return {};
  }

  /// Percent-decodes a part of text_. What it says of a fault does not repeat the part.
  Result<std::string> decode(std::string_view part, std::string_view part_name) const {
    std::string out;
    for (size_t i = 0; i < part.size(); ++i) {
      char c = part[i];
      if (c == '%') {
        const int high = i + 1 < part.size() ? hex_value(part[i + 1]) : -1;
        const int low = i + 2 < part.size() ? hex_value(part[i + 2]) : -1;
        if (high < 0 || low < 0) {
          return bad(
              fmt::format("\"%\" without two hex digits in the {}, {}", part_name, place(&part[i])),
              "Write a % that belongs to the name as %25");
        }
        c = static_cast<char>(high << 4 | low);
        if (is_control(c)) {
          return bad(
              fmt::format("encoded control character in the {}, {}", part_name, place(&part[i])));
        }
        i += 2;
      }
      out += c;
    }
    return out;
  }

  std::string_view text_;
  std::string_view rest_;
  Url url_;
};

std::string_view last_component(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  return Parser(text).parse();
}

bool Url::is_folder() const {
  const std::string_view last = last_component(path);
  return type == 'd' || last.empty() || is_dots(last);
}

std::string Url::file_name() const {
  const std::string_view last = last_component(path);
  return is_dots(last) ? std::string() : std::string(last);
}

std::string Url::without_password() const {
  std::string out = fmt::format("{}://", scheme_name(scheme));
  if (user) out += encode(*user, "") + "@";
  const bool literal = host.find(':') != std::string::npos;
  if (literal) {
    const size_t percent = std::min(host.find('%'), host.size());
    out += "[" + host.substr(0, percent);
    if (percent < host.size()) out += "%25" + host.substr(percent + 1);
    out += "]";
  } else {
    out += host;
  }
  if (port != default_port(scheme)) out += fmt::format(":{}", port);
  out += "/" + encode_path(path);
  if (type != '\0') out += fmt::format(";type={}", type);
  return out;
}

}  // namespace ftpull
