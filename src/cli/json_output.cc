#include "cli/json_output.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/part_name.h"
#include "cli/utc.h"

namespace ftpull::cli {
namespace {

using Json = nlohmann::ordered_json;  // keys stay in the order of the documentation

constexpr const char* kRfc3339Seconds = "%Y-%m-%dT%H:%M:%S";

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
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
  json["bytes"] = value_or_null(result.size_bytes);
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

std::string_view type_name(EntryType type) {
  switch (type) {
    case EntryType::file:
      return "file";
    case EntryType::folder:
      return "dir";
    case EntryType::link:
      return "link";
    case EntryType::other:
      return "other";
  }
  return "other";
}

std::string_view precision_name(TimePrecision precision) {
  switch (precision) {
    case TimePrecision::day:
      return "day";
    case TimePrecision::minute:
      return "minute";
    case TimePrecision::second:
      return "second";
    case TimePrecision::fraction:
      return "fraction";
  }
  return "day";
}

std::string_view fault_name(ManifestFault::Kind kind) {
  switch (kind) {
    case ManifestFault::Kind::missing:
      return "missing";
    case ManifestFault::Kind::other_size:
      return "other_size";
    case ManifestFault::Kind::other_content:
      return "other_content";
    case ManifestFault::Kind::unreadable:
      return "unreadable";
  }
  return "unreadable";
}

/// "2026-01-31T12:00:00.25Z".
std::string format_rfc3339(const EntryTime& time) {
  std::string text = format_utc(time.unix_seconds, kRfc3339Seconds);
  if (time.nanoseconds != 0) {
    text += fmt::format(".{:09}", time.nanoseconds);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return time.is_utc ? text + 'Z' : text;
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
  json["size"] = value_or_null(status.size_bytes);
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

std::string entry_json(const Url& url, const Entry& entry) {
  Json json;
  json["path"] = url.path;
  json["name"] = entry.name;
  json["type"] = type_name(entry.type);
  json["size"] = value_or_null(entry.size_bytes);
  const bool has_time = entry.time && has_usual_year(entry.time->unix_seconds);
  json["mtime"] = has_time ? Json(format_rfc3339(*entry.time)) : Json(nullptr);
  json["mtime_precision"] = has_time ? Json(precision_name(entry.time->precision)) : Json(nullptr);
  json["target"] = text_or_null(entry.target);
  json["permissions"] = text_or_null(entry.permissions);
  json["version"] = entry.version != 0 ? Json(entry.version) : Json(nullptr);
  json["url"] = url.without_password();
  return one_line(json);
}

std::string features_json(const std::string& url, const ServerFeatures& server) {
  Json json;
  json["url"] = url;
  json["software"] = text_or_null(server.software);
  json["features"] = server.features;
  const double round_trip_ms = server.round_trip_seconds * 1000;
  json["round_trip_ms"] = round_trip_ms > 0 ? Json(round_trip_ms) : Json(nullptr);
  json["most_connections"] = value_or_null(server.most_connections);
  json["best_connections"] = value_or_null(server.best_connections);
  json["takes_lines_ahead"] = value_or_null(server.takes_lines_ahead);
  json["epsv_fails"] = server.epsv_fails;
  json["rang_fails"] = server.rang_fails;
  return one_line(json);
}

std::string mirror_item_json(const MirrorItem& item, bool dry_run) {
  Json json;
  json["path"] = item.path;
  json["type"] = type_name(item.type);
  json["status"] = mirror_status_name(item.status);
  json["replaces"] = item.replaces;
  json["size"] = value_or_null(item.size_bytes);
  const bool has_time = item.mtime_unix_seconds && has_usual_year(*item.mtime_unix_seconds);
  json["mtime"] =
      has_time ? Json(format_utc(*item.mtime_unix_seconds, kRfc3339Seconds) + 'Z') : Json(nullptr);
  json["xxh3_128"] = text_or_null(item.xxh3_128);
  json["error"] = error_json(item.error);
  if (dry_run) json["dry_run"] = true;
  return one_line(json);
}

std::string mirror_run_json(const MirrorRun& run) {
  const MirrorTotals& totals = run.result.totals;
  Json json;
  json["summary"] = true;
  json["url"] = run.url;
  json["dir"] = run.folder.native();
  json["complete"] = !run.error && run.result.is_complete();
  json["folders"] = totals.folders;
  json["files"] = totals.files;
  json["bytes"] = totals.bytes;
  json["kept"] = totals.kept;
  json["kept_bytes"] = totals.kept_bytes;
  json["fetched"] = totals.fetched;
  json["fetched_bytes"] = totals.fetched_bytes;
  json["resumed_bytes"] = totals.resumed_bytes;
  json["links"] = totals.links;
  json["removed"] = totals.removed;
  json["left_out"] = totals.left_out;
  json["refused"] = totals.refused;
  json["denied"] = totals.denied;
  json["failed"] = totals.failed;
  json["gaps"] = totals.gaps;
  json["seconds"] = run.result.seconds;
  json["connections"] = run.result.connections;
  json["not_removed"] = error_json(run.result.not_removed);
  json["error"] = error_json(run.error);
  if (run.dry_run) json["dry_run"] = true;
  return one_line(json);
}

std::string manifest_fault_json(const ManifestFault& fault) {
  Json json;
  json["path"] = fault.path;
  json["fault"] = fault_name(fault.kind);
  return one_line(json);
}

std::string manifest_verdict_json(const std::filesystem::path& manifest,
                                  const std::filesystem::path& folder,
                                  const Result<ManifestVerdict>& verdict) {
  const ManifestVerdict known = verdict.value_or(ManifestVerdict());
  Json json;
  json["summary"] = true;
  json["manifest"] = manifest.native();
  json["dir"] = folder.native();
  json["ok"] = verdict && known.faults == 0;
  json["files"] = known.files;
  json["bytes"] = known.bytes;
  json["without_digest"] = known.without_digest;
  json["faults"] = known.faults;
  json["error"] = verdict ? Json(nullptr) : error_json(verdict.error());
  return one_line(json);
}

}  // namespace ftpull::cli
