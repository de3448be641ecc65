#include "proxy/http_connect.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::proxy {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";
constexpr size_t kStatusAt = 9;  // "HTTP/1.1 200"
constexpr size_t kStatusDigits = 3;
constexpr size_t kShownBytes = 120;  // of the proxy's words

std::string base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    const size_t count = std::min<size_t>(3, text.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < count ? static_cast<unsigned char>(text[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += k <= count ? kDigits[bits >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return out;
}

/// Of "HTTP/1.1 200 Connection established".
std::optional<uint64_t> status_of(std::string_view line) {
  if (line.size() < kStatusAt + kStatusDigits || line[kStatusAt - 1] != ' ') return std::nullopt;
  const std::string_view after = line.substr(kStatusAt + kStatusDigits);
  if (!after.empty() && after[0] != ' ') return std::nullopt;
  return parse_decimal(line.substr(kStatusAt, kStatusDigits));
}

/// tinyproxy 1.11.1 answers 401 to a wrong password, and 407 to none.
bool is_about_login(uint64_t status) {
  return status == 401 || status == 407;
}

std::string hint_for(uint64_t status) {
  if (status == 403 || status == 405) {
    return "Ask who runs the proxy to allow CONNECT to FTP and its data ports";
  }
  const bool unreached = status == 500 || status == 502 || status == 503 || status == 504;
  return unreached ? "Check the name of the server, or try again later" : "";
}

}  // namespace

std::string HttpConnect::begin() {
  std::string out = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target_.text());
  if (server_.user) {
    out += fmt::format("Proxy-Authorization: Basic {}\r\n", credentials());
  }
  return out + "\r\n";
}

std::string HttpConnect::credentials() const {
  return base64(*server_.user + ":" + server_.password);
}

/// Left out as a whole where they repeat the password in either form.
std::string HttpConnect::shown_words(std::string_view words) const {
  const auto has = [&](const std::string& secret) {
    return !secret.empty() && words.find(secret) != std::string_view::npos;
  };
  const bool repeats = server_.user && (has(server_.password) || has(credentials()));
  if (repeats) return fmt::format("{} (with the password in it)", words.substr(0, kStatusDigits));
  return for_display(words, kShownBytes);
}

/// The end of the empty line that ends the header is at least so far away: RFC 9112 section 2.2
/// allows lines that end without a CR.
size_t HttpConnect::wanted() const {
  if (done_) return 0;
  return in_.ends_with("\n") || in_.ends_with("\n\r") ? 1 : 2;
}

Result<std::string> HttpConnect::take(std::string_view bytes) {
  if (bytes.size() > wanted()) return tl::make_unexpected(broken("sent more than its answer"));
  in_ += bytes;
  const size_t known = std::min(in_.size(), kVersion.size());
  if (in_.compare(0, known, kVersion, 0, known) != 0) {
    return tl::make_unexpected(broken("does not answer as HTTP"));
  }
  if (in_.ends_with("\n\r\n") || in_.ends_with("\n\n")) return judge();
  if (in_.size() >= kMaxHeaderBytes) {
    return tl::make_unexpected(
        broken(fmt::format("answers with a header of more than {} bytes", kMaxHeaderBytes)));
  }
  return std::string();
}

Result<std::string> HttpConnect::judge() {
  const std::string_view line = trim(std::string_view(in_).substr(0, in_.find('\n')));
  const auto status = status_of(line);
  if (!status) return tl::make_unexpected(broken("answers without an HTTP status"));
  if (is_about_login(*status)) return tl::make_unexpected(refused_login());
  if (*status < 200 || *status >= 300) {
    return tl::make_unexpected(
        refused_target(shown_words(line.substr(kStatusAt)), hint_for(*status)));
  }
  done_ = true;
  return std::string();
}

}  // namespace ftpull::proxy
