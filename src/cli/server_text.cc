#include "cli/server_text.h"

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::cli {
namespace {

std::string line(std::string_view name, std::string_view text) {
  return fmt::format("  {:<13}{}\n", name, text);
}

std::string format_feat(const std::vector<std::string>& features) {
  if (features.empty()) return line("features", "it names none");
  std::string out;
  for (const std::string& feature : features) {
    out += line(out.empty() ? "features" : "", for_display(feature));
  }
  return out;
}

std::string format_connections(const ServerFeatures& server) {
  std::string text;
  if (server.most_connections) text = fmt::format("at most {}", *server.most_connections);
  if (server.best_connections) {
    text += fmt::format("{}best with {}", text.empty() ? "" : ", ", *server.best_connections);
  }
  return text.empty() ? "neither a limit nor a best number is known" : text;
}

std::string_view format_lines_ahead(const std::optional<bool>& taken) {
  if (!taken) return "not known whether it takes commands without waiting";
  return *taken ? "it takes commands without waiting" : "one command at a time";
}

}  // namespace

std::string format_features(std::string_view url, const ServerFeatures& server) {
  std::string out = fmt::format("{}\n", url);
  out +=
      line("software", server.software.empty() ? "it does not say" : for_display(server.software));
  out += format_feat(server.features);
  if (server.round_trip_seconds > 0) {
    out += line("round trip", fmt::format("{:.3g} ms", server.round_trip_seconds * 1000));
  }
  out += line("connections", format_connections(server));
  out += line("lines ahead", format_lines_ahead(server.takes_lines_ahead));
  if (server.epsv_fails) out += line("trouble", "EPSV does not work; PASV is used");
  if (server.rang_fails) out += line("trouble", "RANG does not work; REST is used");
  return out;
}

}  // namespace ftpull::cli
