#include "cli/json_output.h"

#include <string_view>

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

}  // namespace

std::string outcome_json(const Outcome& outcome) {
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
  return one_line(json);
}

std::string part_status_json(const PartStatus& status) {
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
  return one_line(json);
}

}  // namespace ftpull::cli
