#include "cli/json_output.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/part_name.h"
#include "cli/utc.h"

namespace ftpull::cli {
namespace {

using Json = nlohmann::ordered_json;  // keys stay in the order of the documentation

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json number_or_null(const std::optional<uint64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

std::string_view status_name(const Outcome& outcome) {
  if (outcome.error) return "failed";
  switch (outcome.result.status) {
    case FetchStatus::fetched:
      return "fetched";
    case FetchStatus::already_there:
      return "already_there";
    case FetchStatus::dry_run:
      return "dry_run";
  }
  return "failed";
}

Json error_json(const std::optional<Error>& error) {
  if (!error) return nullptr;
  Json json;
  json["kind"] = error_kind_name(error->kind);
  json["reply"] = text_or_null(error->reply);
  json["message"] = error->message;
  return json;
}

Json outcome_object(const Outcome& outcome) {
  const FetchResult& result = outcome.result;
  Json json;
  json["url"] = outcome.source.shown;
  json["path"] = result.path.native();
  json["status"] = status_name(outcome);
  json["bytes"] = number_or_null(result.size_bytes);
  json["fetched_bytes"] = result.fetched_bytes;
  json["resumed_bytes"] = result.resumed_bytes;
  json["seconds"] = result.seconds;
  json["connections"] = result.connections;
  json["xxh3_128"] = text_or_null(result.xxh3_128);
  json["checksums"] = Json::object();
  json["error"] = error_json(outcome.error);
  return json;
}

Json ranges_json(const std::vector<ByteRange>& ranges) {
  Json json = Json::array();
  for (const ByteRange& range : ranges) {
    Json object;
    object["begin"] = range.begin;
    object["end"] = range.end;
    json.push_back(std::move(object));
  }
  return json;
}

Json found_object(const VerifyResult& found) {
  Json json;
  json["path"] = found.path.native();
  json["target"] = found.target.native();
  json["digests"] = found.digests.native();
  json["url"] = text_or_null(found.url);
  json["size"] = found.size_bytes;
  json["checked_bytes"] = found.checked_bytes;
  json["ok"] = found.bad.empty();
  json["bad"] = ranges_json(found.bad);
  json["error"] = nullptr;
  return json;
}

Json not_found_out(const Verification& verification) {
  Json json;
  json["path"] = verification.path.native();
  for (const char* const unknown : {"target", "digests", "url", "size"}) json[unknown] = nullptr;
  json["checked_bytes"] = 0;
  json["ok"] = false;
  json["bad"] = Json::array();
  json["error"] = error_json(verification.found.error());
  return json;
}

}  // namespace

std::string outcome_json(const Outcome& outcome) {
  return one_line(outcome_object(outcome));
}

std::string part_status_json(const PartStatus& status, std::time_t now) {
  Json json;
  json["path"] = final_path(status.part).native();
  json["part"] = status.part.native();
  json["journal"] = status.journal.native();
  json["url"] = status.url;
  json["size"] = number_or_null(status.size_bytes);
  json["done_bytes"] = status.done_bytes;
  json["durable_bytes"] = status.durable_bytes;
  json["segment_bytes"] = status.segment_bytes;
  json["mdtm"] = text_or_null(status.mdtm);
  json["created"] = format_utc(status.created, "%Y-%m-%dT%H:%M:%SZ");
  json["in_use"] = status.in_use;
  json["map"] = status.map;
  json["holes"] = ranges_json(status.holes);
  json["tails"] = ranges_json(status.tails);
  json["age_seconds"] = std::max<std::time_t>(now - status.created, 0);
  return one_line(json);
}

std::string verification_json(const Verification& verification) {
  Json json = verification.found ? found_object(*verification.found) : not_found_out(verification);
  if (verification.repair) json["repair"] = outcome_object(*verification.repair);
  return one_line(json);
}

}  // namespace ftpull::cli
