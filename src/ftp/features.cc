#include "ftp/features.h"

#include <algorithm>
#include <string_view>

#include "core/text.h"

namespace ftpull::ftp {
namespace {

constexpr int kFeatCode = 211;
constexpr std::string_view kFeatPrefix = "211-";
constexpr size_t kMaxAlgorithms = 32;  // the registry of the HASH draft has eight

bool names_tls(std::string_view mechanisms) {
  return contains_ignoring_case(mechanisms, "TLS");
}

std::vector<std::string> split_algorithms(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty() && names.size() < kMaxAlgorithms) {
    const size_t end = std::min(text.find(';'), text.size());
    std::string_view name = trim(text.substr(0, end));
    if (name.ends_with('*')) name.remove_suffix(1);
    if (!name.empty()) names.emplace_back(name);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

void note(Features& features, std::string_view name, std::string_view arguments) {
  const auto is = [&](std::string_view known) { return equals_ignoring_case(name, known); };
  const auto with = [&](std::string_view known) { return equals_ignoring_case(arguments, known); };
  if (is("SIZE")) features.size = true;
  if (is("MDTM")) features.mdtm = true;
  if (is("REST") && (with("STREAM") || arguments.empty())) features.rest_stream = true;
  if (is("MLST") || is("MLSD")) features.mlst = true;
  if (is("UTF8")) features.utf8 = true;
  if (is("CLNT")) features.clnt = true;
  if (is("EPSV")) features.epsv = true;
  if (is("RANG") && with("STREAM")) features.rang_stream = true;
  if (is("AUTH") && names_tls(arguments)) features.auth_tls = true;
  if (is("MODE") && with("Z")) features.mode_z = true;
  if (is("PRET")) features.pret = true;
  if (is("HASH")) features.hash = split_algorithms(arguments);
}

}  // namespace

Features Features::parse(const Reply& feat_reply) {
  Features features;
  if (feat_reply.code != kFeatCode || feat_reply.lines.size() < 2) return features;
  features.listed = true;
  // The first line is a heading, the last one a closing word.
  for (size_t i = 1; i + 1 < feat_reply.lines.size(); ++i) {
    std::string_view line = trim(feat_reply.lines[i]);
    if (line.starts_with(kFeatPrefix)) line = trim(line.substr(kFeatPrefix.size()));
    features.lines.emplace_back(line);
    const size_t end = std::min(line.find(' '), line.size());
    note(features, line.substr(0, end), trim(line.substr(end)));
  }
  return features;
}

}  // namespace ftpull::ftp
